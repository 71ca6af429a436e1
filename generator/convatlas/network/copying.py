"""Copy networks, including what ``copy.deepcopy`` refuses, and without what others wrap them in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import Buffer, is_lazy
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from convatlas.network.tensors import tensors
from convatlas.network.uncopyable import deep_copy

PLAIN = (Tensor, nn.Parameter, Buffer)
"""The types of tensors that are no subclasses of their own."""
PARALLEL = (nn.DataParallel, nn.parallel.DistributedDataParallel)
WEIGHT_HOOKS = (WeightNorm, SpectralNorm, BasePruningMethod)
"""The hooks that compute a module's weight from its parameters."""
COMPILED = "_orig_mod"
"""The name of the module that ``torch.compile`` wraps."""


def copied(network: nn.Module) -> nn.Module:
    """Return a deep copy of a network.

    Tensors that are computed from parameters, such as the weights of ``weight_norm`` and of
    pruning, are copied as numbers, until their hooks compute them anew. What cannot be copied at
    all, such as a lock, is shared with the original. Modules that were wrapped
    by ``torch.compile`` or for several devices are copied without the wrapper, and with their own
    names.
    """
    known: dict[int, Any] = {}
    modules = list(network.modules())
    for module in modules:
        for tensor in tensors(list(vars(module).values())):
            if _refused(tensor):
                known[id(tensor)] = _copy(tensor)
    with torch.no_grad():  # else copies of scripted parameters remember what they are copies of
        for module in reversed(modules):  # inner wrappers before those around them
            inside = _wrapped(module)
            if inside is not None:
                known[id(module)] = deep_copy(inside, known)
        return deep_copy(network, known)


def compute_weights(network: nn.Module) -> None:
    """Let hooks compute the weights that they stand for, as they do when their modules are called.

    A module that is never called would keep those from before its parameters were loaded.
    """
    with torch.no_grad():
        for module in network.modules():
            for hook in module._forward_pre_hooks.values():
                if isinstance(hook, WEIGHT_HOOKS):
                    hook(module, ())


def channels_last(network: nn.Module) -> nn.Module:
    """Change a network's tensors of four dimensions to the layout in which channels come last.

    Unlike ``Module.to``, which fails on tensors of five dimensions.
    """
    return _each(
        network, lambda t: t.contiguous(memory_format=torch.channels_last) if _maps(t) else t
    )


def in_precision(network: nn.Module, precision: torch.dtype) -> nn.Module:
    """Change the type of a network's real numbers.

    Unlike ``Module.to``, which would drop the imaginary parts of complex ones.
    """
    return _each(network, lambda t: t.to(precision) if t.is_floating_point() else t)


def _each(network: nn.Module, change: Callable[[Tensor], Tensor]) -> nn.Module:
    """Change all parameters and buffers of a network."""
    return network._apply(change)  # type: ignore[no-any-return, no-untyped-call]


def _maps(tensor: Tensor) -> bool:
    return not tensor.is_nested and tensor.layout is torch.strided and tensor.dim() == 4


def _wrapped(module: nn.Module) -> nn.Module | None:
    """Return the module that another one wraps without any work of its own."""
    name = "module" if isinstance(module, PARALLEL) else COMPILED
    return dict(module.named_children()).get(name)


def _refused(tensor: Tensor) -> bool:
    """Return whether ``copy.deepcopy`` refuses a tensor."""
    if type(tensor).__deepcopy__ not in (Tensor.__deepcopy__, nn.Parameter.__deepcopy__):
        return False
    return (
        not tensor.is_leaf
        or tensor.is_nested
        or tensor.layout is not torch.strided
        or type(tensor) not in PLAIN
    )


def _copy(tensor: Tensor) -> Tensor:
    if is_lazy(tensor):
        kind: Any = type(tensor)
        empty: Tensor = kind(tensor.requires_grad, tensor.device, tensor.dtype)
        return empty
    made = tensor.detach().clone()
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(made, requires_grad=tensor.requires_grad)
    return made
