"""Find out what a network takes, if it is not a batch of pictures as one tensor."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from convatlas.config.user_code import UserCodeError, call
from convatlas.network.trace.record import as_found, noise

Shape = tuple[int, int, int]
Made = Callable[[Tensor], tuple[Any, ...]]

_ANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_INTERFACES: dict[str, Made] = {
    "a single picture without a batch": lambda batch: (batch[0],),
    "channels last [n, height, width, channels]": lambda batch: (batch.permute(0, 2, 3, 1),),
    "integers from 0 to 255": lambda batch: ((batch * 255).to(torch.uint8),),
    "two inputs": lambda batch: (batch, batch),
    "a pair of inputs": lambda batch: ((batch, batch),),
    "a list of pictures": lambda batch: ([batch[0]],),
    "a list of dictionaries": lambda batch: ([defaultdict(lambda: batch[0])],),
    "a dictionary": lambda batch: (defaultdict(lambda: batch),),
    "clips [n, channels, frames, height, width]": lambda batch: (torch.stack([batch] * 16, 2),),
    "sequences [n, channels, length]": lambda batch: (batch.flatten(2),),
    "numbers of tokens": lambda batch: (torch.zeros(1, 16, dtype=torch.long),),
}
"""What else networks take, and the inputs that are made of a batch [1, channels, h, w] for that."""


def other_interface(network: nn.Module, shape: Shape) -> str | None:
    """Say what else a network takes: by the signature of ``forward``, else by trying.

    Args:
        network: The network.
        shape: Channels, height and width of the pictures.
    """
    try:
        parameters = list(inspect.signature(network.forward).parameters.values())
    except (TypeError, ValueError):  # compiled code has none
        parameters = []
    required = [p for p in parameters if p.default is p.empty and p.kind not in _ANY]
    names = ", ".join(p.name for p in required)
    if len(required) > 1:
        return f"forward takes more than one input ({names})"
    if required and required[0].kind is inspect.Parameter.KEYWORD_ONLY:
        return f"forward takes its input by keyword ({names})"
    if not parameters and not isinstance(network, torch.jit.ScriptModule):
        return "forward takes no input"
    optional = [p.name for p in parameters[1:] if p.kind not in _ANY]
    return _keyword(network, shape, optional) or _positional(network, shape)


def _positional(network: nn.Module, shape: Shape) -> str | None:
    for what, made in _INTERFACES.items():
        if _takes(network, shape, lambda batch, made=made: network(*made(batch))):  # type: ignore[misc]
            return f"the network takes {what}"
    return None


def _keyword(network: nn.Module, shape: Shape, names: list[str]) -> str | None:
    for name in names:
        if _takes(network, shape, lambda batch, name=name: network(**{name: batch})):  # type: ignore[misc]
            return f"forward takes its input by keyword ({name})"
    return None


def _takes(network: nn.Module, shape: Shape, shown: Callable[[Tensor], Any]) -> bool:
    """Return whether a network runs when it is shown a picture in that way."""
    with as_found(network), torch.no_grad():
        batch = noise(network, shape)
        try:
            call(lambda: shown(batch), "forward")
        except UserCodeError:
            return False
    return True
