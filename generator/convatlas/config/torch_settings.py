"""Settings of torch that hold for the whole process, and that the user's code may change."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple


class _Settings(NamedTuple):
    """What torch computes with unless told otherwise."""

    dtype: Any  # of new tensors
    device: Any  # of new tensors
    gradients: bool  # whether they are recorded
    precision: str | None  # of products of float32 matrices; None if it was set in several ways
    threads: int
    deterministic: tuple[bool, bool]  # whether algorithms have to be, and whether others only warn


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
    with torch_settings_kept(), ExitStack() as stack:
        if "torch" in sys.modules:
            import torch

            stack.enter_context(torch.inference_mode(False))
            for device in ("cpu", "cuda"):
                stack.enter_context(torch.autocast(device, enabled=False))
            _set(_defaults())
        yield


def _defaults() -> _Settings:
    import torch

    threads = torch.get_num_threads()
    return _Settings(torch.float32, torch.device("cpu"), True, "highest", threads, (False, False))


def _current() -> _Settings:
    import torch

    device = torch.get_default_device()
    deterministic = torch.are_deterministic_algorithms_enabled()
    only_warn = torch.is_deterministic_algorithms_warn_only_enabled()
    return _Settings(
        torch.get_default_dtype(),
        device,
        torch.is_grad_enabled(),
        _precision(),
        torch.get_num_threads(),
        (deterministic, only_warn),
    )


def _precision() -> str | None:
    import torch

    try:
        return torch.get_float32_matmul_precision()
    except RuntimeError:  # set through an old and a new interface
        return None


def _set(settings: _Settings) -> None:
    import torch

    current = _current()
    if settings.dtype != current.dtype:
        torch.set_default_dtype(settings.dtype)
    if settings.device != current.device:
        torch.set_default_device(settings.device)
    if settings.gradients != current.gradients:
        torch.set_grad_enabled(settings.gradients)
    if settings.precision not in (current.precision, None):
        torch.set_float32_matmul_precision(settings.precision)
    if settings.threads != current.threads:
        torch.set_num_threads(settings.threads)
    if settings.deterministic != current.deterministic:
        required, only_warn = settings.deterministic
        torch.use_deterministic_algorithms(required, warn_only=only_warn)
