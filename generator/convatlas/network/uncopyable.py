"""Copies of objects that hold something that cannot be copied, such as a lock or an open file."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TypeVar

from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_pre_hook

from convatlas.errors import NetworkError

log = logging.getLogger("convatlas.network")

T = TypeVar("T")


def deep_copy(value: T, known: dict[int, Any]) -> T:
    """Return a deep copy that shares with the original what cannot be copied.

    Args:
        value: What is copied.
        known: Copies by the ids of their originals, as ``copy.deepcopy`` keeps them.

    Raises:
        Exception: what the copying of a module or tensor raises; these are never shared.
    """
    before, shared = dict(known), dict[int, Any]()
    while True:
        try:
            return copy.deepcopy(value, known)
        except Exception as error:  # the user's objects may raise anything
            stuck = _stuck(error.__traceback__)
            if id(stuck) in shared or isinstance(stuck, nn.Module | Tensor | None):
                raise
            log.debug("%s cannot be copied, and is shared", type(stuck).__name__, exc_info=True)
            shared[id(stuck)] = stuck
            known.clear()  # of what was copied in part
            known.update({**before, **shared})


def _stuck(trace: TracebackType | None) -> Any:
    """Return the innermost object that was being copied when an exception was raised."""
    found = None
    while trace is not None:
        if trace.tb_frame.f_code is copy.deepcopy.__code__:
            found = trace.tb_frame.f_locals["x"]
        trace = trace.tb_next
    return found


@contextmanager
def own_modules_only(original: nn.Module) -> Iterator[None]:
    """Refuse forward passes of a copy that run modules of the original.

    Functions are not copied: a hook or a replaced ``forward`` that holds the original network
    computes with its weights, and in its mode.

    Raises:
        NetworkError: a module of ``original`` was run.
    """
    paths = {module: path for path, module in original.named_modules() if _has_state(module)}

    def refuse(module: nn.Module, _inputs: Any) -> None:
        if module in paths:
            part = f"its part '{paths[module]}'" if paths[module] else "itself"
            raise NetworkError(
                f"the network runs {part} through a function that was made for the original, and"
                " this is a copy; make that function a method, or give it the module as an argument"
            )

    handle = register_module_forward_pre_hook(refuse)
    try:
        yield
    finally:
        handle.remove()


def _has_state(module: nn.Module) -> bool:
    return bool([*module.parameters(), *module.buffers()])
