"""ResNet-50's layers on a GPU: seconds a filter, what they are spent on, and a step's profile."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from statistics import mean
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from accept_setting import Check, Setting, apart, made, opened, requests_of
from convatlas.lenses.base import RenderContext
from convatlas.lenses.maximize import encode_and_score
from convatlas.lenses.maximize.accelerator_batches import batch_size
from convatlas.lenses.maximize.cpu_batches import multiplications
from convatlas.lenses.maximize.model_copies import ModelCopies
from convatlas.lenses.maximize.optimization_batch import Job, OptimizationBatch
from convatlas.lenses.maximize.parameterizations import canvas
from convatlas.lenses.maximize.recipe import Recipe

Result = tuple[dict[str, Any], list[Check]]

LAYERS = {
    "layer1.1.conv2": 64,
    "layer2.1.conv3": 512,
    "layer2.3.conv3": 512,
    "layer3.2.conv3": 1024,
    "layer4.0.conv2": 512,
    "layer4.2.conv3": 768,
}
"""The layers that are made, and how many of their filters."""
PROFILED = ("layer2.1.conv3", "layer4.2.conv3")
STEPS = 5
MINUTES = 4.0
"""What all 26,560 pictures that excite a filter may take."""


def of_layers(setting: Setting) -> Result:
    """Whole layers, and the whole network from them by arithmetic."""
    context = opened("resnet50", "none", setting.device, setting.options)
    rows = [
        _layer(context, setting, name, setting.filters(filters))
        for name, filters in list(LAYERS.items())[: 2 if setting.small else None]
    ]
    minutes = _whole(context, rows) / 60
    busy = [row["busy"] for row in rows if row["busy"] is not None]
    share = round(mean(busy), 3) if busy else None
    return {"layers": rows, "minutes_of_all": round(minutes, 2)}, [
        Check("minutes for 26,560 pictures, by arithmetic", round(minutes, 2), f"<= {MINUTES}",
              setting.judged(minutes <= MINUTES)),
        Check("share of the time that the device is busy", share, ">= 0.8",
              None if share is None else setting.judged(share >= 0.8)),
    ]  # fmt: skip


def _layer(context: RenderContext, setting: Setting, name: str, filters: int) -> dict[str, Any]:
    """What a layer's pictures take; a few are made before, which warms up."""
    requests = requests_of(context, name)[:filters]
    made(context, requests[:2])
    if setting.device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(context.device)
    with (
        _busy() as busy,
        apart(encode_and_score, "_at_once", "_measured") as spent,
    ):
        setting.wait()
        started = time.perf_counter()
        made(context, requests)
        setting.wait()
        seconds = time.perf_counter() - started
    cuda = setting.device.startswith("cuda")
    return {
        "layer": name,
        "filters": len(requests),
        "seconds_a_filter": round(seconds / len(requests), 5),
        "encoding": round(spent["_at_once"] / len(requests), 5),
        "judging": round(spent["_measured"] / len(requests), 5),
        "busy": round(mean(busy), 3) if busy else None,
        "peak_gib": round(torch.cuda.max_memory_allocated() / 2**30, 2) if cuda else None,
        "cost": _cost(context, name),
    }


def _cost(context: RenderContext, name: str) -> float:
    """The multiplications of a layer's picture, all steps."""
    how = Recipe.of(requests_of(context, name)[0].recipe["made"])
    network = context.plan.network
    recorded = network.preprocessing.size
    return how.steps * multiplications(network.layers, name, recorded, how.sizes[-1])


def _whole(context: RenderContext, rows: list[dict[str, Any]]) -> float:
    """The seconds of all layers: each at the rate of the measured one that costs most alike."""
    total = 0.0
    for layer in context.plan.network.layers:
        cost = _cost(context, layer.name)
        nearest = min(rows, key=lambda row: abs(row["cost"] - cost))
        total += layer.filters * nearest["seconds_a_filter"]
    return total


@contextmanager
def _busy() -> Iterator[list[float]]:
    """Ask the driver five times a second for the share of time that the GPU was busy."""
    found: list[float] = []
    ended = threading.Event()
    command = ["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits"]

    def ask() -> None:
        while not ended.wait(0.2):
            told = subprocess.run(command, capture_output=True, text=True).stdout.split()
            if told and told[0].isdigit():
                found.append(int(told[0]) / 100)

    asking = threading.Thread(target=ask, daemon=True)
    if shutil.which(command[0]):
        asking.start()
    try:
        yield found
    finally:
        ended.set()


def of_profile(setting: Setting) -> Result:
    """Some steps of two layers: kernels, launches, the share of idle time, and waits."""
    context = opened("resnet50", "none", setting.device, setting.options)
    rows = [_profiled(context, setting, name) for name in PROFILED]
    waits = sum(row["waits"] for row in rows)
    cuda = setting.device.startswith("cuda")
    return {"layers": rows}, [
        Check("waits within a step", waits, 0, waits == 0 if cuda else None),
        Check("share of idle time in a step", max(row["idle"] for row in rows), "told only", None),
    ]


def _profiled(context: RenderContext, setting: Setting, name: str) -> dict[str, Any]:
    batch = _batch(context, setting, name)
    for _ in range(STEPS):
        batch.step()
    setting.wait()
    cuda = setting.device.startswith("cuda")
    with warnings.catch_warnings(record=True) as waited:
        warnings.simplefilter("always")
        if cuda:
            torch.cuda.set_sync_debug_mode("warn")
        batch.step()
        if cuda:
            torch.cuda.set_sync_debug_mode("default")
    kinds = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if cuda else [])]
    started = time.perf_counter()
    with profile(activities=kinds) as profiler:
        for _ in range(STEPS):
            batch.step()
        setting.wait()
    seconds = time.perf_counter() - started
    return {
        "layer": name,
        "pictures": len(batch.done),
        "seconds_a_step": round(seconds / STEPS, 5),
        "waits": sum("synchroniz" in str(each.message) for each in waited),
        **_kernels(profiler, seconds, cuda),
    }


def _kernels(profiler: profile, seconds: float, cuda: bool) -> Mapping[str, Any]:
    """The device's busiest kernels; on a CPU, the operations that take most."""
    attribute = "self_device_time_total" if cuda else "self_cpu_time_total"
    averages = profiler.key_averages()
    times = {each.key: getattr(each, attribute) / 1e6 for each in averages}
    busy = sum(times.values())
    launches = sum(each.count for each in averages if "LaunchKernel" in each.key)
    top = sorted(times.items(), key=lambda pair: -pair[1])[:12]
    return {
        "idle": round(max(0.0, 1 - busy / seconds), 3),
        "launches_a_step": launches / STEPS,
        "top": {key: round(value / STEPS, 6) for key, value in top},
    }


def _batch(context: RenderContext, setting: Setting, name: str) -> OptimizationBatch:
    """A batch of a layer's first filters, as large as it would be."""
    requests = requests_of(context, name)
    how = Recipe.of(requests[0].recipe["made"])
    how = replace(how, steps=max(how.steps, 3 * STEPS))
    target = context.once(ModelCopies).targets(name, how)[0]
    count = setting.filters(batch_size(how, len(requests), context.once(ModelCopies).pixels))
    parameterization = canvas(
        how.canvas, target.preprocessing.channels, how.size, target.device, None
    )
    jobs = [Job(request.key, int(request.item), 1) for request in requests[:count]]
    return OptimizationBatch(target, how, parameterization, how.size, jobs)
