"""Batch norms that normalise every picture by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional


def _batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Apply ``functional.batch_norm`` as if each picture were a batch of one."""
    if training and input.dim() > 2:
        return functional.instance_norm(input, weight=weight, bias=bias, eps=eps)
    return functional.batch_norm(
        input, running_mean, running_var, weight, bias, training, momentum, eps
    )


def _raw_batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """Apply ``torch.batch_norm``, which takes the same arguments in another order."""
    return _batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


PER_PICTURE: dict[Callable[..., Any], Callable[..., Any]] = {
    functional.batch_norm: _batch_norm,
    torch.batch_norm: _raw_batch_norm,
}
