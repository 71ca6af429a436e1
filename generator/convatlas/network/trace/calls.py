"""The functions of torch that a forward pass calls, by name, and numbered from zero."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from torch.overrides import TorchFunctionMode, resolve_name


@lru_cache(maxsize=4096)
def name_of(function: Callable[..., Any]) -> str:
    """The last part of a torch function's name: ``conv2d``, ``batch_norm``, ``add``."""
    name: str = resolve_name(function) or getattr(function, "__qualname__", type(function).__name__)
    return name.rpartition(".")[2]


class CallCounter(TorchFunctionMode):
    """Numbers the calls of each function; what a function calls itself is not counted."""

    def __init__(self) -> None:
        super().__init__()
        self.counts = Counter[str]()

    def number(self, name: str) -> int:
        """How often the function has been called before; this call is counted."""
        ordinal = self.counts[name]
        self.counts[name] = ordinal + 1
        return ordinal
