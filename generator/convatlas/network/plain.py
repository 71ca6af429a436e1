"""Run networks as they are written: neither compiled nor with checkpoints."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch.utils import checkpoint

DYNAMO = "torch._dynamo.eval_frame"
"""The module that ``torch.compile`` imports, which takes seconds."""


class _Direct:
    """Takes the place of reentrant checkpoints, through which no single gradient can be asked for.

    They save memory and change no number.
    """

    @staticmethod
    def apply(function: Callable[..., Any], preserve: bool, *inputs: Any) -> Any:
        """Call the function that would have been run again on the way back."""
        return function(*inputs)


@contextmanager
def as_written() -> Iterator[None]:
    """Run compiled functions as Python and reentrant checkpoints as plain calls."""
    compiled = DYNAMO in sys.modules
    usual = checkpoint.CheckpointFunction
    with torch.compiler.set_stance("force_eager") if compiled else nullcontext():
        checkpoint.CheckpointFunction = _Direct  # type: ignore[assignment, misc]
        try:
            yield
        finally:
            checkpoint.CheckpointFunction = usual  # type: ignore[misc]
