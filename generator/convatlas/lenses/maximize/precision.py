"""In which precision pictures are optimised: as low as the hardware likes and the network bears."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import functional as F

from convatlas.lenses.maximize.optimization_batch import OptimizationTarget
from convatlas.lenses.maximize.philox import Stream, uniform, words
from convatlas.lenses.maximize.recipe import Size
from convatlas.model.records import Layer
from convatlas.network.responses import normalise, respond

log = logging.getLogger("convatlas.maximize")

AGREEMENT = 0.8
"""Least cosine between a gradient in low precision and in float32 (median over some pictures)."""

PICTURES = 8
"""Pictures of noise that gradients are compared on."""


def low_precision(device: torch.device) -> torch.dtype | None:
    """bfloat16 where the hardware multiplies in it, else None."""
    if device.type == "cuda":
        supported = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        supported = (
            device.type == "cpu"
            and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
            and torch.ops.mkldnn._is_mkldnn_bf16_supported()
        )
    return torch.bfloat16 if supported else None


def slow(layers: Iterable[Layer], device: torch.device) -> bool:
    """Whether low precision is the slower one: small depthwise convolutions on a CPU.

    Measured on MobileNet v2 and EfficientNet-B0: up to twice the time of float32.
    """
    return device.type == "cpu" and any(
        layer.groups == layer.channels > 1 and max(layer.kernel) <= 5 for layer in layers
    )


def agrees(low: OptimizationTarget, full: OptimizationTarget, size: Size) -> bool:
    """Whether gradients in low precision point where those in float32 do, on pictures of noise."""
    try:
        ours, theirs = (_gradients(target, size) for target in (low, full))
    except Exception:  # the network is the user's code: it may raise what it likes
        log.debug("%s in %s", low.layer.name, low.precision, exc_info=True)
        return False
    return bool(F.cosine_similarity(ours, theirs).median() >= AGREEMENT)


def _gradients(target: OptimizationTarget, size: Size) -> Tensor:
    """The gradients of some filters' mean responses to noise, a row a picture."""
    keys = words([f"{number:016x}" for number in range(PICTURES)], target.device)
    channels, device = target.preprocessing.channels, target.device
    once = torch.zeros(1, dtype=torch.int64, device=device)
    noise = uniform(keys, Stream.NOISE, once, channels * size[0] * size[1])
    pictures = noise.view(PICTURES, channels, *size).requires_grad_()
    inputs = normalise(pictures, target.preprocessing)
    inputs = inputs.to(target.precision, memory_format=torch.channels_last)
    responses = respond(target.module, target.layer, inputs)
    rows = torch.arange(PICTURES, device=device)
    own = responses[rows, rows * target.layer.filters // PICTURES].float()
    (gradients,) = torch.autograd.grad(own.mean(dim=(1, 2)).sum(), pictures)
    return gradients.flatten(1)
