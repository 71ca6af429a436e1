"""Read the tensors of weights files, without running code from them."""

from __future__ import annotations

import pickle
import re
import struct
import warnings
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from convatlas.network.foreign_files import foreign

RESAVE = (
    "re-save it where you trained: torch.save(model.state_dict(), 'weights.pth'), or as safetensors"
)
DAMAGED = (
    pickle.UnpicklingError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    MemoryError,
    ImportError,
    struct.error,
)
"""Exceptions that torch's reader raises on damaged or foreign files."""


class WeightsError(Exception):
    """A weights file that cannot be used; the message gives the reason and the remedy."""


def read_tensors(path: Path) -> Any:
    """Load a safetensors or ``torch.save`` file onto the CPU, whatever its suffix.

    Raises:
        WeightsError: the file is refused or damaged.
    """
    try:
        if path.stat().st_size == 0:
            raise WeightsError(f"{path.name} is empty; copy or download it again")
        if _is_safetensors(path):
            return load_file(path, device="cpu")
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about archives that are refused anyway
            return torch.load(file, map_location="cpu", weights_only=True)
    except SafetensorError as error:
        message = f"{path.name} is a damaged safetensors file ({error}); {RESAVE}"
        raise WeightsError(message) from error
    except DAMAGED as error:
        raise WeightsError(f"{path.name} {_why(path, error)}") from error


def _is_safetensors(path: Path) -> bool:
    """Return whether a file begins as safetensors do: a header's length, then JSON."""
    with path.open("rb") as file:
        start = file.read(9)
    return start[8:] == b"{" and int.from_bytes(start[:8], "little") < path.stat().st_size


def _why(path: Path, error: Exception) -> str:
    """Say why a file could not be read, with the remedy."""
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read ({error.strerror}); correct its path or rights"
    what = foreign(path)
    return f"is {what}" if what else f"{refusal(str(error))}; {RESAVE}"


def refusal(message: str) -> str:
    """Return why torch refused to read a file, from its error message."""
    name = re.search(r"(?:Unsupported global: GLOBAL|Unsupported class|GLOBAL) `?([\w.]+)", message)
    if name:
        return f"holds more than tensors: unpickling would call {name[1]}, which is refused"
    if "TorchScript" in message:
        return "is a TorchScript archive, which holds code and is refused"
    lines = [line for line in message.strip().splitlines() if line] or ["nothing inside"]
    return f"is no file of tensors that torch can read ({lines[0][:120].rstrip('.')})"
