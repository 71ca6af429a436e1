"""The calls of convolutions that are layers, with their names, and why others are none."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from torch import nn

from convatlas.network.trace.modules import CONVOLUTIONS, Convolution
from convatlas.network.trace.owners import Owner, Parameters, names

LOG = logging.getLogger("convatlas.network")
COMPLEX = "its weights are complex numbers, and its responses have no highest one"


@dataclass(frozen=True)
class LayerCall:
    """A call of a convolution that is a layer: the layer's name, and its module's path."""

    name: str
    module: str
    made: Convolution


@dataclass
class Sorted:
    """The calls that are layers, in their order, and why modules' other calls are none, by path."""

    layers: list[LayerCall] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)


def sort_calls(
    network: nn.Module, convolutions: Sequence[Convolution], parameters: Parameters
) -> Sorted:
    """Tell which calls are layers, and name them.

    The second layer of a name is ``name@2``.
    """
    modules = dict(network.named_modules())
    result = Sorted()
    usable: list[tuple[Convolution, Owner]] = []
    for made in convolutions:
        owner = _owner(made, modules, parameters)
        module = owner and modules[owner.module]
        reason = "its weight is not a parameter" if owner is None else _unusable(made, module)
        if owner is not None and reason is None:
            usable.append((made, owner))
        elif owner is not None and isinstance(module, CONVOLUTIONS):
            if reason is not COMPLEX:
                LOG.warning("%s %s; only its kernels are shown", owner.module, reason)
        elif made.module and made.convolves:
            result.reasons.setdefault(made.module, str(reason))
    called, calls = names([owner for _, owner in usable]), Counter[str]()
    for made, owner in usable:
        name = called[owner] or root_name(network)
        calls[name] += 1
        nth = calls[name]
        full = name if nth == 1 else f"{name}@{nth}"
        result.layers.append(LayerCall(full, owner.module, made))
    return result


def root_name(network: nn.Module) -> str:
    """Return a name for a network that is itself a layer and has no path: that of its class."""
    paths = {path for path, _ in network.named_modules()}
    name = type(network).__name__
    while name in paths:
        name += "_"
    return name


def _owner(
    made: Convolution, modules: dict[str, nn.Module], parameters: Parameters
) -> Owner | None:
    """Return whose convolution a call is; a convolution module's own calls are its own."""
    if isinstance(modules[made.module], CONVOLUTIONS):
        return Owner(made.module, "")
    assert made.weight is not None
    owner = parameters.owner(made.module, made.weight, made.weight_node)
    if owner is not None and isinstance(modules[owner.module], CONVOLUTIONS):
        return Owner(owner.module, "")
    return owner


def _unusable(made: Convolution, module: nn.Module | None) -> str | None:
    """Return why a response is not one map of ordinary numbers for each picture."""
    weight = module.weight if isinstance(module, CONVOLUTIONS) else made.weight
    if weight is not None and weight.is_complex():
        return COMPLEX
    if len(made.shape) != 4 or made.shape[0] != 1:
        return f"answers with {list(made.shape)} for one picture, not with one map"
    return None
