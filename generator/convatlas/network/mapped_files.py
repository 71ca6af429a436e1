"""Record which files torch and safetensors read without Python's ``open``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch


@contextmanager
def mapped_files(heard: set[str]) -> Iterator[None]:
    """Add the absolute paths of tensor files and TorchScript archives that are read to ``heard``.

    safetensors maps files into memory from Rust, but gets the memory from torch in Python.
    """

    def telling(read: Callable[..., Any]) -> Callable[..., Any]:
        def tell(file: Any, *args: Any, **kwargs: Any) -> Any:
            if isinstance(file, str | os.PathLike):
                heard.add(os.path.abspath(file))  # noqa: PTH100  (before any os.chdir)
            return read(file, *args, **kwargs)

        return tell

    from_file, load = torch.UntypedStorage.from_file, torch.jit.load
    torch.UntypedStorage.from_file = telling(from_file)  # type: ignore[method-assign]
    torch.jit.load = telling(load)
    try:
        yield
    finally:
        torch.UntypedStorage.from_file = from_file  # type: ignore[method-assign]
        torch.jit.load = load
