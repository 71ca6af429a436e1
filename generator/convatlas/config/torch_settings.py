"""Settings of torch that hold for the whole process, and that the user's code may change."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple


class _Settings(NamedTuple):
    """What torch computes with unless told otherwise."""

    dtype: Any  # of new tensors
    device: Any  # of new tensors
    gradients: bool  # whether they are recorded


@contextmanager
def torch_settings_kept() -> Iterator[None]:
    """Undo what happens to torch's settings while the context is active.

    Torch is not imported by this. If only the context's body imports it, its defaults are restored.
    """
    before = _current() if "torch" in sys.modules else None
    try:
        yield
    finally:
        if "torch" in sys.modules:
            _set(before or _defaults())


@contextmanager
def torch_defaults() -> Iterator[None]:
    """Compute with torch's own settings while the context is active, whatever they were before."""
    with torch_settings_kept():
        if "torch" in sys.modules:
            _set(_defaults())
        yield


def _defaults() -> _Settings:
    import torch

    return _Settings(torch.float32, torch.device("cpu"), True)


def _current() -> _Settings:
    import torch

    device = torch.get_default_device()
    return _Settings(torch.get_default_dtype(), device, torch.is_grad_enabled())


def _set(settings: _Settings) -> None:
    import torch

    current = _current()
    if settings.dtype != current.dtype:
        torch.set_default_dtype(settings.dtype)
    if settings.device != current.device:
        torch.set_default_device(settings.device)
    if settings.gradients != current.gradients:
        torch.set_grad_enabled(settings.gradients)
