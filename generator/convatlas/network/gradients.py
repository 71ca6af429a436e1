"""Let gradients through networks that switch them off, and find where they end for good."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from convatlas.errors import NetworkError
from convatlas.network.tensors import tensors
from convatlas.network.trace.calls import name_of

DATA = Tensor.data.__get__  # type: ignore[attr-defined]
CONVERTED = frozenset({"numpy", "__array__", "tolist"})
"""Functions that refuse tensors with a gradient, and return none."""
OWN = str(Path(__file__).parents[1])
TORCH = str(Path(torch.__file__).parent)


class NoGradient(NetworkError):
    """What a layer responds does not depend on the picture in a way that can be differentiated."""


class GradientsOn(TorchFunctionMode):
    """Runs a network as if it never switched gradients off.

    ``no_grad``, ``inference_mode``, ``detach``, ``data`` and ``requires_grad_(False)`` have no
    effect. They change no number, only what can be asked about it.

    Attributes:
        lost: The last call that turned numbers with a gradient into numbers without one, and the
            line of the network's code: "argmax (net.py, line 12)"; empty if there was none.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lost = ""

    @property
    def end(self) -> str:
        """Where gradients end, as part of a sentence: ": it ends at argmax (net.py, line 12)"."""
        return f": it ends at {self.lost}" if self.lost else ""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Call the function with gradients, unless it is one of those that end them."""
        name = name_of(func)
        if func is torch._C._set_grad_enabled:
            return None
        if name in ("detach", "detach_") or func == DATA:
            return args[0].view_as(args[0]) if name != "detach_" else args[0]
        if name == "requires_grad_" and not args[0].is_leaf:
            return args[0]
        with ExitStack() as stack:
            if torch.is_inference_mode_enabled():
                stack.enter_context(torch.inference_mode(False))
                stack.enter_context(torch.enable_grad())
            given = [each.detach() for each in args] if name in CONVERTED else args
            result = func(*given, **(kwargs or {}))
        if _followed(args) and _ends(name, result):
            self.lost = f"{name}{_place()}"
        return result


def _ends(name: str, result: Any) -> bool:
    """Return whether a function returned numbers without a gradient."""
    return name in CONVERTED or (any(True for _ in tensors(result)) and not _followed(result))


def _followed(value: Any) -> bool:
    """Return whether any tensor in a value has a gradient."""
    return any(tensor.requires_grad for tensor in tensors(value))


def _place() -> str:
    """Return the line of the network's code that is running: " (net.py, line 12)"."""
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith((OWN, TORCH)):
        frame = frame.f_back
    return f" ({Path(frame.f_code.co_filename).name}, line {frame.f_lineno})"
