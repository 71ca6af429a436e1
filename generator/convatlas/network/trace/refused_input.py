"""Say why a network does not run on a batch of pictures."""

from __future__ import annotations

import inspect
import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from convatlas.config.user_code import UserCodeError, call
from convatlas.errors import located, message
from convatlas.network.trace.record import as_found, noise

Shape = tuple[int, int, int]

WRAPPER = "wrap it in a module that takes one (docs/how-to/detectors.md)"
_ANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_CHANNELS = re.compile(r"expected input\[([\d, ]+)\] to have (\d+) channels")
_INTERFACES: dict[str, Callable[[Tensor], Any]] = {
    "a single picture without a batch": lambda batch: batch[0],
    "a list of pictures": lambda batch: [batch[0]],
    "a dictionary": lambda batch: defaultdict(lambda: batch),
    "a list of dictionaries": lambda batch: [defaultdict(lambda: batch[0])],
    "clips [n, channels, frames, height, width]": lambda batch: torch.stack([batch] * 16, 2),
    "sequences [n, channels, length]": lambda batch: batch.flatten(2),
    "vectors [n, features]": lambda batch: batch.flatten(1),
    "numbers of tokens": lambda batch: torch.zeros(1, 16, dtype=torch.long),
}
"""What else networks take, and how it is made of a batch of pictures [1, channels, h, w]."""


def explain(network: nn.Module, shape: Shape, error: Exception) -> str:
    """Say why a network does not run on a batch of pictures, and what can be done about it.

    Args:
        network: The network.
        shape: Channels, height and width of the pictures.
        error: What it raised.
    """
    text = message(error)
    what = f"{type(error).__name__}: {text}" if text else type(error).__name__
    size = f"{shape[0]} channels and {shape[1]} x {shape[2]} pixels"
    refused = f"the network does not run on an input of {size} ({what}{located(error)})"
    if isinstance(error, _MISTAKES):
        return f"{refused}; {_correction(error)}"
    channels = _channels(shape, text)
    if channels in (1, 3):
        return f"{refused}; set `input: {{channels: {channels}}}`"
    if channels:
        return (
            f"the network takes {channels} channels, and only pictures of 1 or 3 channels can be"
            " shown; wrap it in a module that makes the others of these (docs/how-to/detectors.md)"
        )
    other = _signature(network) or _interface(network, shape)
    if other:
        return f"{other} rather than a batch of pictures as one tensor; {WRAPPER}"
    return f"{refused}; set `input: {{size: ..., channels: ...}}` to what it expects"


_MISTAKES = (NameError, ImportError, OSError, SyntaxError, MemoryError, RecursionError, Warning)
"""Exceptions that no other input would prevent."""


def _correction(error: Exception) -> str:
    if isinstance(error, ImportError) and error.name:
        return f"import {error.name} at the top of the file: it is looked for only while that runs"
    return "free some memory" if isinstance(error, MemoryError) else "correct its code"


def _signature(network: nn.Module) -> str | None:
    """Say what else ``forward`` asks for by its signature, if anything."""
    try:
        parameters = inspect.signature(network.forward).parameters.values()
    except (TypeError, ValueError):  # compiled code has none
        return None
    required = [p for p in parameters if p.default is p.empty and p.kind not in _ANY]
    names = ", ".join(p.name for p in required)
    if len(required) > 1:
        return f"forward takes more than one input ({names})"
    if required and required[0].kind is inspect.Parameter.KEYWORD_ONLY:
        return f"forward takes its input by keyword ({names})"
    return None if parameters else "forward takes no input"


def _interface(network: nn.Module, shape: Shape) -> str | None:
    """Say what a network takes, if it runs on one of the other kinds of input."""
    for what, made in _INTERFACES.items():
        with as_found(network), torch.no_grad():
            if _takes(network, made(noise(network, shape))):
                return f"the network takes {what}"
    return None


def _takes(network: nn.Module, value: Any) -> bool:
    """Return whether a network runs on a value."""
    try:
        call(lambda: network(value), "forward")
    except UserCodeError:
        return False
    return True


def _channels(shape: Shape, text: str) -> int | None:
    """Return how many channels the network's first convolution asks for, from its error."""
    found = _CHANNELS.search(text)
    if found and found[1].split(", ") == [str(each) for each in (1, *shape)]:
        return int(found[2])
    return None
