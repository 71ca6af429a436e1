"""ResNet-50's layers on a GPU: seconds a filter, what they are spent on, and a step's profile."""

from __future__ import annotations

import re
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
from convatlas.lenses.maximize import encode_and_score, in_turn
from convatlas.lenses.maximize.accelerator_batches import batch_size
from convatlas.lenses.maximize.cpu_batches import multiplications
from convatlas.lenses.maximize.cuda_graphs import CudaGraphs
from convatlas.lenses.maximize.model_copies import ModelCopies
from convatlas.lenses.maximize.optimization_batch import Job, OptimizationBatch
from convatlas.lenses.maximize.parameterizations import canvas
from convatlas.lenses.maximize.recipe import Recipe
from convatlas.lenses.maximize.replays import LEFT, WARM, Replays

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
LAUNCH = re.compile("LaunchKernel|GraphLaunch")
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
        _busy(context.device) as busy,
        apart(in_turn, "wait_for") as waited,
        apart(encode_and_score, "_measured") as spent,
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
        "waiting_for_encoders": round(waited["wait_for"] / len(requests), 5),
        "replayed": _replayed(context, name),
        "judging": round(spent["_measured"] / len(requests), 5),
        "busy": round(mean(busy), 3) if busy else None,
        "peak_gib": _peak_gib(context.device) if cuda else None,
        "cost": _cost(context, name),
    }


def _replayed(context: RenderContext, name: str) -> str | None:
    """Whether the layer's steps were replayed; None where that saves nothing, or cannot be."""
    replays = context.once(ModelCopies).replays
    if replays is None:
        return None
    return "yes" if replays.recorded[name] else replays.refused.get(name)


def _peak_gib(device: torch.device) -> float:
    return round(torch.cuda.max_memory_allocated(device) / 2**30, 2)


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
def _busy(device: torch.device) -> Iterator[list[float]]:
    """Ask the driver five times a second for the share of time that the GPU was busy."""
    found: list[float] = []
    ended = threading.Event()
    command = ["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits"]
    if device.type == "cuda":  # the driver may see others than this process
        command.append(f"--id=GPU-{torch.cuda.get_device_properties(device).uuid}")

    def ask() -> None:
        while not ended.wait(0.2):
            told = subprocess.run(command, capture_output=True, text=True).stdout.split()
            if told and told[0].isdigit():
                found.append(int(told[0]) / 100)

    asking = threading.Thread(target=ask, daemon=True)
    if device.type == "cuda" and shutil.which(command[0]):
        asking.start()
    try:
        yield found
    finally:
        ended.set()


def of_profile(setting: Setting) -> Result:
    """Some steps of two layers: kernels, launches, idle time and waits, plain and replayed."""
    context = opened("resnet50", "none", setting.device, setting.options)
    rows = [_profiled(context, setting, name) for name in PROFILED]
    waits = sum(row["waits"] for row in rows)
    cuda = setting.device.startswith("cuda")
    replayed = [row["replayed"] for row in rows if row["replayed"]]
    return {"layers": rows}, [
        Check("waits within a step", waits, 0, waits == 0 if cuda else None),
        Check("share of idle time in a step", max(row["idle"] for row in rows), "told only", None),
        Check("layers whose steps can be replayed",
              f"{len(replayed)} of {len(rows)}" if cuda else "only on CUDA", "all",
              len(replayed) == len(rows) if cuda else None),
    ]  # fmt: skip


def _profiled(context: RenderContext, setting: Setting, name: str) -> dict[str, Any]:
    """A layer's plain steps, and the same replayed as a CUDA graph, however little that saves."""
    plain = _batch(context, setting, name, None)
    for _ in range(STEPS):
        plain.step()
    setting.wait()
    found = {"layer": name, "pictures": len(plain.done), "waits": _waits(plain, setting)}
    found |= _steps(plain, setting)
    cuda = setting.device.startswith("cuda")
    replays = Replays(CudaGraphs(context.device), asking=0.0) if cuda else None
    batch = _batch(context, setting, name, replays)
    for _ in range(WARM + 2):
        batch.step()
    replayed = _steps(batch, setting) if replays and replays.recorded else None
    refused = replays.refused.get(name) if replays else None
    return {**found, "replayed": replayed, "refused": refused}


def _waits(batch: OptimizationBatch, setting: Setting) -> int:
    """How often the host waits for the device in a step."""
    cuda = setting.device.startswith("cuda")
    with warnings.catch_warnings(record=True) as waited:
        warnings.simplefilter("always")
        if cuda:
            torch.cuda.set_sync_debug_mode("warn")
        batch.step()
        if cuda:
            torch.cuda.set_sync_debug_mode("default")
    return sum("synchroniz" in str(each.message) for each in waited)


def _steps(batch: OptimizationBatch, setting: Setting) -> dict[str, Any]:
    """What steps take: all in all, to ask for them, and in kernels."""
    setting.wait()
    started = time.perf_counter()
    for _ in range(STEPS):
        batch.step()
    asked = time.perf_counter() - started
    setting.wait()
    seconds = time.perf_counter() - started
    cuda = setting.device.startswith("cuda")
    kinds = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if cuda else [])]
    started = time.perf_counter()
    with profile(activities=kinds) as profiler:
        for _ in range(STEPS):
            batch.step()
        setting.wait()
    profiled = time.perf_counter() - started
    return {
        "seconds_a_step": round(seconds / STEPS, 6),
        "host_seconds_a_step": round(asked / STEPS, 6),
        **_kernels(profiler, profiled, cuda),
    }


def _kernels(profiler: profile, seconds: float, cuda: bool) -> Mapping[str, Any]:
    """The device's busiest kernels; on a CPU, the operations that take most."""
    attribute = "self_device_time_total" if cuda else "self_cpu_time_total"
    averages = profiler.key_averages()
    times = {each.key: getattr(each, attribute) / 1e6 for each in averages}
    busy = sum(times.values())
    launches = sum(each.count for each in averages if LAUNCH.search(each.key))
    top = sorted(times.items(), key=lambda pair: -pair[1])[:12]
    return {
        "idle": round(max(0.0, 1 - busy / seconds), 3),
        "launches_a_step": launches / STEPS,
        "top": {key: round(value / STEPS, 6) for key, value in top},
    }


def _batch(
    context: RenderContext, setting: Setting, name: str, replays: Replays | None
) -> OptimizationBatch:
    """A batch of a layer's first filters, as large as it would be."""
    requests = requests_of(context, name)
    how = Recipe.of(requests[0].recipe["made"])
    how = replace(how, steps=2 * LEFT)
    target = replace(context.once(ModelCopies).targets(name, how)[0], replays=replays)
    count = setting.filters(batch_size(how, len(requests), context.once(ModelCopies).pixels))
    parameterization = canvas(
        how.canvas, target.preprocessing.channels, how.size, target.device, None
    )
    jobs = [Job(request.key, int(request.item), 1) for request in requests[:count]]
    return OptimizationBatch(target, how, parameterization, how.size, jobs)
