"""How far from the limit: the arithmetic of maximisation over that of a large matrix product.

The floating-point operations of the steps that were done (forward, and backward to the input: twice
the forward's), over the time, as a share of the rate of a bfloat16 matrix product in the same run.
"""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import squeezenet1_1, vgg16

from convatlas.lenses.maximize.cpu_batches import multiplications, slots
from convatlas.lenses.maximize.optimization_batch import Job, OptimizationBatch
from convatlas.lenses.maximize.optimization_target import OptimizationTarget
from convatlas.lenses.maximize.parameterizations import canvas
from convatlas.lenses.maximize.precision import low_precision
from convatlas.lenses.maximize.recipe import Recipe
from convatlas.model.facts import Preprocessing
from convatlas.network.device import choose
from convatlas.network.responses import respond
from convatlas.network.trace.layers import record_layers
from machine import write

PREPROCESSING = Preprocessing((224, 224), (256,), 3, (0.5,) * 3, (0.25,) * 3, "bilinear")
SIDE = 4096
STEPS = 3
ROUNDS = 4


def product_rate(device: torch.device, precision: torch.dtype) -> float:
    """Operations a second of a product of two large square matrices."""
    first, second = (torch.randn(SIDE, SIDE, device=device, dtype=precision) for _ in range(2))
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        first @ second
        _wait(device)
        seconds.append(time.perf_counter() - started)
    return 2 * SIDE**3 / median(seconds)


def measured(
    module: nn.Module, name: str, how: Recipe, device: torch.device, precision: torch.dtype
) -> dict[str, Any]:
    """Operations a second of the steps for one layer, and what a filter-step takes."""
    layers, _ = record_layers(module, (3, 224, 224))
    layer = next(one for one in layers if one.name == name)
    worker = module.to(device, precision, memory_format=torch.channels_last)  # type: ignore[call-overload]
    target = OptimizationTarget(worker, layer, PREPROCESSING, device, precision)
    cost = multiplications(layers, name, PREPROCESSING.size, how.size)
    count = slots(how, 0, layer.filters, cost, precision)
    jobs = [Job(f"{number:016x}", number % layer.filters, 1) for number in range(count)]
    batch = OptimizationBatch(
        target, how, canvas(how.canvas, 3, how.size, device, None), how.size, jobs
    )
    inputs = torch.zeros(1, 3, *how.size, device=device, dtype=precision)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        respond(worker, layer, inputs)
    operations = 2 * counter.get_total_flops() * count * STEPS
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(STEPS):
            batch.step()
        _wait(device)
        seconds.append(time.perf_counter() - started)
    took = median(seconds[1:])
    return {
        "layer": name,
        "size": how.size[0],
        "batch": count,
        "gflops": round(operations / took / 1e9, 1),
        "ms_a_filter_step": round(1e3 * took / count / STEPS, 3),
    }


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def main() -> None:
    """VGG-16 and SqueezeNet 1.1 with random weights, some layers each."""
    device = choose("auto")
    precision = low_precision(device) or torch.float32
    torch.manual_seed(0)
    rate = product_rate(device, precision)
    found = {}
    for title, make, names in (
        ("vgg16", vgg16, ("features.7", "features.14", "features.21", "features.28")),
        ("squeezenet1_1", squeezenet1_1, ("features.6.expand3x3", "features.12.expand3x3")),
    ):
        module = make(weights=None).eval().requires_grad_(False)
        steps = STEPS * ROUNDS
        how = Recipe("channel", "fourier", (96, 96), steps, 0.2, 4.0, 2.5, 0.025)
        found[title] = [measured(module, name, how, device, precision) for name in names]
    after = product_rate(device, precision)
    for rows in found.values():
        for row in rows:
            row["share_of_product"] = round(row["gflops"] * 1e9 / ((rate + after) / 2), 3)
    write("limit", {"product_gflops": [round(rate / 1e9), round(after / 1e9)], **found})


if __name__ == "__main__":
    main()
