"""Numbers that stay on the device, so that no step has to wait for a copy of them."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

Numbers = tuple[float, ...] | tuple[tuple[float, ...], ...]


@lru_cache(maxsize=256)
def constant(numbers: Numbers, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return numbers as a tensor, which must not be written to."""
    with torch.inference_mode(False):  # else no gradient could be computed with it later
        return torch.tensor(numbers, dtype=dtype, device=device)


def constant_like(tensor: Tensor, numbers: Numbers) -> Tensor:
    """Return numbers with the type and on the device of a tensor; must not be written to."""
    return constant(numbers, tensor.dtype, tensor.device)
