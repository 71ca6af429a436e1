"""Choose the lowest precision for optimisation whose gradients agree with those in float32."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import functional as F

from convatlas.errors import RenderError
from convatlas.lenses.maximize.optimization_target import OptimizationTarget
from convatlas.lenses.maximize.philox import Stream, uniform, words
from convatlas.lenses.maximize.recipe import Size
from convatlas.model.facts import Layer
from convatlas.network.memory import Capacity
from convatlas.network.responses import normalise

log = logging.getLogger("convatlas.maximize")

AGREEMENT = 0.8
"""Minimum cosine between gradients in low precision and in float32 (median over the pictures)."""

PICTURES = 8
"""Number of noise pictures on which gradients are compared."""


def low_precision(device: torch.device) -> torch.dtype | None:
    """Return bfloat16 if the hardware multiplies in it, otherwise None."""
    if device.type == "cuda":
        with torch.cuda.device(device):
            supported = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        supported = (
            device.type == "cpu"
            and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
            and torch.ops.mkldnn._is_mkldnn_bf16_supported()
        )
    return torch.bfloat16 if supported else None


def slow(layers: Iterable[Layer], device: torch.device) -> bool:
    """Return whether low precision is slower, as for small depthwise convolutions on a CPU.

    Measured on MobileNet v2 and EfficientNet-B0: up to twice the time of float32.
    """
    return device.type == "cpu" and any(
        layer.groups == layer.channels > 1 and max(layer.kernel) <= 5 for layer in layers
    )


def agrees(low: OptimizationTarget, full: OptimizationTarget, size: Size) -> bool:
    """Return whether gradients in low precision agree with those in float32, on noise pictures.

    Raises:
        RenderError: not even one picture fits into memory.
    """

    def similar(pictures: int) -> bool:
        ours, theirs = (_gradients(target, size, pictures) for target in (low, full))
        return bool(F.cosine_similarity(ours, theirs).median() >= AGREEMENT)

    try:
        return Capacity(PICTURES, low.device).run(similar, PICTURES)
    except RenderError:
        raise
    except Exception:  # the network is the user's code and may raise anything
        log.debug("%s in %s", low.layer.name, low.precision, exc_info=True)
        return False


def _gradients(target: OptimizationTarget, size: Size, count: int) -> Tensor:
    """Return the gradients of some filters' mean responses to noise, one row per picture."""
    keys = words([f"{number:016x}" for number in range(count)], target.device)
    channels, device = target.preprocessing.channels, target.device
    once = torch.zeros(1, dtype=torch.int64, device=device)
    noise = uniform(keys, Stream.NOISE, once, channels * size[0] * size[1])
    pictures = noise.view(count, channels, *size).requires_grad_()
    inputs = normalise(pictures, target.preprocessing)
    inputs = inputs.to(target.precision, memory_format=torch.channels_last)
    responses = target.respond(inputs)
    rows = torch.arange(count, device=device)
    own = responses[rows, rows * target.layer.filters // count].float()
    (gradients,) = torch.autograd.grad(own.mean(dim=(1, 2)).sum(), pictures)
    return gradients.flatten(1)
