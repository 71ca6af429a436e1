"""Names and ordinals of the torch functions that a forward pass calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from torch.overrides import TorchFunctionMode, resolve_name


@lru_cache(maxsize=4096)
def name_of(function: Callable[..., Any]) -> str:
    """Return the last part of a torch function's name: ``conv2d``, ``batch_norm``, ``add``."""
    name: str = resolve_name(function) or getattr(function, "__qualname__", type(function).__name__)
    return name.rpartition(".")[2]


class CallCounter(TorchFunctionMode):
    """Counts the calls of each function, except calls made by another torch function."""

    def __init__(self) -> None:
        super().__init__()
        self.counts = Counter[str]()

    def number(self, name: str) -> int:
        """Return how often the function was called before, and count this call."""
        ordinal = self.counts[name]
        self.counts[name] = ordinal + 1
        return ordinal
