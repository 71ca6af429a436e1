"""Say why a network does not run on a batch of pictures."""

from __future__ import annotations

import re

from torch import nn

from convatlas.errors import located, message
from convatlas.network.trace.modules import CONVOLUTIONS
from convatlas.network.trace.nothing_to_show import nothing_to_show
from convatlas.network.trace.other_interfaces import other_interface
from convatlas.network.trace.skipped import OTHERS, left_out

Shape = tuple[int, int, int]

WRAPPER = "wrap it in a module that takes one (docs/how-to/detectors.md)"
_CHANNELS = re.compile(r"expected input\[([\d, ]+)\] to have (\d+) channels")
_TORCH = "torch.nn.modules."


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
    if _has_no_maps(network):
        return nothing_to_show(network, list(left_out(network, (), {})))
    if type(network).forward is nn.Module.forward:
        return f"{type(network).__name__} has no forward; return a network that can be called"
    other = other_interface(network, shape)
    if other:
        return f"{other} rather than a batch of pictures as one tensor; {WRAPPER}"
    return (
        f"{refused}; set `input: {{size: ..., channels: ...}}` to what it expects, or wrap it in a"
        " module that makes its input of a batch of pictures (docs/how-to/detectors.md)"
    )


_MISTAKES = (NameError, ImportError, OSError, SyntaxError, MemoryError, RecursionError, Warning)
"""Exceptions that no other input would prevent."""


def _correction(error: Exception) -> str:
    if isinstance(error, ImportError) and error.name:
        return f"import {error.name} at the top of the file: it is looked for only while that runs"
    return "free some memory" if isinstance(error, MemoryError) else "correct its code"


def _has_no_maps(network: nn.Module) -> bool:
    """Return whether a network has nothing that works on maps, as far as its modules tell.

    A module of the user's own may compute anything, unless it stands beside convolutions of other
    dimensions.
    """
    modules = list(network.modules())
    if any(isinstance(module, CONVOLUTIONS) for module in modules):
        return False
    if any(isinstance(module, OTHERS) for module in modules):
        return True
    innermost = (type(module) for module in modules if not any(module.children()))
    return all(kind.__module__.startswith(_TORCH) for kind in innermost)


def _channels(shape: Shape, text: str) -> int | None:
    """Return how many channels the network's first convolution asks for, from its error."""
    found = _CHANNELS.search(text)
    if found and found[1].split(", ") == [str(each) for each in (1, *shape)]:
        return int(found[2])
    return None
