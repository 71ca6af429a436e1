"""Choose the device to compute on."""

from __future__ import annotations

import torch

from convatlas.config.device_names import NAMES, is_device
from convatlas.errors import AtlasError


def choose(name: str) -> torch.device:
    """Return the device with a name; "auto" prefers CUDA, then Apple's MPS, then the CPU.

    Of several CUDA devices, "cuda:1" is the second. TF32 and bfloat16 in place of float32 are
    switched off, because responses are defined in float32.

    Raises:
        AtlasError: the device is not available.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next((kind for kind, available in there.items() if available), "cpu")
    if not is_device(name):
        raise AtlasError(f"--device {name}: there is no such device; give {NAMES}")
    kind, _, index = name.partition(":")
    if not there.get(kind, kind == "cpu"):
        raise AtlasError(
            f"--device {name}: there is none that torch can use here; try --device cpu"
        )
    if index and int(index) >= torch.cuda.device_count():
        last = torch.cuda.device_count() - 1
        raise AtlasError(f"--device {name}: the last one here is cuda:{last}")
    _compute_in_float32()
    return torch.device(name)


def reproducible(device: torch.device) -> bool:
    """Return whether the same batches give the same bytes: on a CPU."""
    return device.type == "cpu"


def _compute_in_float32() -> None:
    """Switch off what computes float32 in fewer digits.

    The old settings do not reach a convolution once the new ones were set, which torch has since
    2.9.
    """
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    for backend in (torch.backends.cudnn, torch.backends.mkldnn):
        convolutions = getattr(backend, "conv", None)
        if convolutions is not None and convolutions.fp32_precision not in ("ieee", "none"):
            convolutions.fp32_precision = "ieee"
