"""Say why a network has no layer at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import torch
from torch import nn

from convatlas.network.trace.skipped import OTHERS

_SHOWN = 3


def nothing_to_show(network: nn.Module, skipped: Sequence[tuple[str, str]]) -> str:
    """Say why a network has no layer, and what can be done about it.

    Args:
        network: The network.
        skipped: Its convolutions that are not layers, and why.
    """
    known = dict(network.named_modules())
    modules = [network, *(known.get(path, network) for path, _ in skipped)]
    if any(isinstance(module, torch.jit.ScriptModule) for module in modules):
        why = "its convolutions are compiled by TorchScript, and cannot be looked into"
        remedy = "build it from its class, and load its weights as a state dict"
    elif any("quantized" in type(module).__module__ for module in modules):
        why = f"its convolutions are quantised ({_named(skipped)})"
        remedy = "show the network as it was before it was converted"
    elif skipped and all(isinstance(module, OTHERS) for module in modules[1:]):
        why = f"its convolutions do not work on two-dimensional maps ({_named(skipped)})"
        remedy = "convatlas shows networks that look at pictures"
    elif skipped:
        listed = "; ".join(f"{path}: {reason}" for path, reason in skipped[:_SHOWN])
        why = f"its convolutions are of other kinds ({listed})"
        remedy = "what can be shown are Conv2d, ConvTranspose2d and their subclasses"
    else:
        why = f"it has no convolution ({_contents(network)})"
        remedy = "name a convolutional network"
    return f"the network has no layer to show, because {why}; {remedy}"


def _named(skipped: Sequence[tuple[str, str]]) -> str:
    more = f" and {len(skipped) - _SHOWN} more" if len(skipped) > _SHOWN else ""
    return ", ".join(path for path, _ in skipped[:_SHOWN]) + more


def _contents(network: nn.Module) -> str:
    """Return the kinds of a network's innermost modules, the most frequent first."""
    kinds = Counter(type(m).__name__ for m in network.modules() if not any(m.children()))
    return "only " + ", ".join(kind for kind, _ in kinds.most_common(_SHOWN))
