"""Choose the device to compute on."""

from __future__ import annotations

import torch

from convatlas.errors import AtlasError


def choose(name: str) -> torch.device:
    """Return the device with a name; "auto" prefers CUDA, then Apple's MPS, then the CPU.

    TF32 and bfloat16 in place of it are switched off, because responses are defined in float32.

    Raises:
        AtlasError: the device is not available.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next((kind for kind, available in there.items() if available), "cpu")
    if not there.get(name, name == "cpu"):
        raise AtlasError(
            f"--device {name}: there is none that torch can use here; try --device cpu"
        )
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    return torch.device(name)
