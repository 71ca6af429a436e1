"""What to do when a device's memory runs out: fewer pictures at once, from then on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch

from convatlas.errors import RenderError

log = logging.getLogger("convatlas.memory")

Result = TypeVar("Result")

TEXTS = ("out of memory", "alloc_failed", "allocate memory", "not enough memory")
"""Parts of the messages of torch, of a GPU's libraries and of main memory, in lower case.

"CUDA error: out of memory", "CUFFT_ALLOC_FAILED", "DefaultCPUAllocator: can't allocate memory".
"""


def out_of_memory(error: BaseException) -> bool:
    """Return whether an exception says that a device's memory, or the machine's, has run out.

    Only torch's own allocator raises an ``OutOfMemoryError``. The libraries on a GPU that allocate
    memory of their own report a ``RuntimeError``, or an ``AcceleratorError``.
    """
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error).lower() if isinstance(error, RuntimeError) else ""
    return any(part in text for part in TEXTS)


def device_failed(error: BaseException) -> bool:
    """Return whether an exception says that the device itself has failed, or a kernel on it."""
    kind = getattr(torch, "AcceleratorError", ())  # since torch 2.8; a plain RuntimeError before
    return isinstance(error, kind) or str(error).startswith("CUDA error")


def free_cache(device: torch.device) -> None:
    """Give back the memory that torch keeps for later, which may be in pieces.

    An exception holds the tensors of what it interrupted: call this after its handler.
    """
    if device.type != "cpu":
        torch.get_device_module(device).empty_cache()


@dataclass
class Capacity:
    """How many pictures are computed at once: fewer once the memory did not suffice."""

    count: int
    device: torch.device

    def run(self, task: Callable[[int], Result], left: int) -> Result:
        """Return what ``task`` returns for a number of pictures: half as many if memory runs out.

        Args:
            task: Computes as many pictures as it is given.
            left: The number of pictures that there are.

        Raises:
            RenderError: not even one picture fits into memory.
        """
        while True:
            try:
                return task(min(self.count, left))
            except Exception as error:  # the network is the user's code and may raise anything
                if not out_of_memory(error):
                    raise
                self.halve(min(self.count, left), error)
            free_cache(self.device)

    def halve(self, tried: int, error: Exception) -> None:
        """Take half as many as were tried from now on.

        Raises:
            RenderError: it was only one.
        """
        if tried == 1:
            raise RenderError("not even one picture fits into memory") from error
        self.count = tried // 2
        log.warning("out of memory; going on with %d pictures at once", self.count)
