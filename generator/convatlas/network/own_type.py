"""Networks that do not run in float32, because their code asks for another type of numbers."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from convatlas.network.copying import copied


def in_own_type(network: nn.Module) -> nn.Module | None:
    """Return a copy that keeps its types and takes inputs in float32; None if all are float32."""
    tensors = [*network.parameters(), *network.buffers()]
    if all(t.dtype == torch.float32 for t in tensors if t.is_floating_point()):
        return None
    made = copied(network)
    made.register_forward_pre_hook(_cast)
    return made


def type_of(network: nn.Module) -> torch.dtype:
    """Return the type of a network's first weight that is a real number."""
    weights = (p.dtype for p in network.parameters() if p.is_floating_point())
    return next(weights, torch.float32)


def _cast(network: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Convert a network's inputs to the type that it has now."""
    dtype = type_of(network)
    return tuple(
        each.to(dtype) if isinstance(each, Tensor) and each.is_floating_point() else each
        for each in inputs
    )
