"""Convolutions that are not layers, and why."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from convatlas.network.trace.layer_calls import COMPLEX
from convatlas.network.trace.modules import CONVOLUTIONS

OTHERS = (nn.Conv1d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose3d)
FOREIGN = re.compile("Conv(Transpose)?2d")
"""Matches the class names of other convolutions: quantised, deformable, compiled ones."""


def left_out(
    network: nn.Module, shown: Collection[str], reasons: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield modules that convolve but are not layers, with the reasons.

    Args:
        network: The network.
        shown: The paths of the modules that have layers.
        reasons: Why calls that modules made are no layers, by path.
    """
    for path, module in network.named_modules():
        reason = None if path in shown else reasons.get(path) or _reason(module)
        if reason:
            yield path, reason


def _reason(module: nn.Module) -> str | None:
    """Return why a module is not a layer although it convolves; None if nothing says it does."""
    kind = getattr(module, "original_name", type(module).__name__)
    if isinstance(module, torch.jit.ScriptModule):
        if FOREIGN.search(kind):
            return f"{kind} is compiled by TorchScript, and cannot be looked into"
    elif any(is_lazy(p) for p in module._parameters.values() if p is not None):
        if isinstance(module, (*CONVOLUTIONS, *OTHERS)):
            return "it is lazy and has no weights yet"
    elif isinstance(module, CONVOLUTIONS) and module.weight.is_complex():
        return COMPLEX
    elif isinstance(module, OTHERS):
        return f"{kind} does not work on two-dimensional maps"
    elif FOREIGN.search(kind) and not any(isinstance(m, CONVOLUTIONS) for m in module.modules()):
        return f"{kind} is neither a Conv2d nor a ConvTranspose2d"
    return None
