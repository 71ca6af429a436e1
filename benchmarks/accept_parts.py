"""The parts of ``accept.py``: what each measures, and what is expected of it."""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import wait
from contextlib import closing
from functools import partial
from statistics import median
from typing import Any

import numpy as np
import torch

import accept_layers
from accept_setting import Check, Setting, made, opened, requests_of, responses
from convatlas.images.codecs.avif import MEASURED, encode_avif
from convatlas.images.helpers import Helpers
from convatlas.lenses.base import Failed
from convatlas.lenses.examples import Examples
from machine import DATA, ROOT, machine

Result = tuple[dict[str, Any], list[Check]]

SQUEEZENET = {"features.0": 32, "features.6.expand3x3": 32, "features.12.expand3x3": 32}
PHOTOGRAPHS = DATA / "images" / "imagenet-1k-sample"
WEIGHTS = DATA / "weights" / "squeezenet1_1.pth"


def of_machine(setting: Setting) -> Result:
    """Versions, copies and the rate of a matrix product."""
    device, side = torch.device(setting.device), 1024 if setting.small else 8192
    here = torch.empty(2**28 // (64 if setting.small else 1), dtype=torch.uint8)
    factor = torch.randn(side, side, device=device, dtype=torch.bfloat16)
    cuda = device.type == "cuda"
    there = setting.seconds(lambda: here.to(device)) if cuda else None
    product = setting.seconds(lambda: factor @ factor)
    picture = np.zeros((64, 64, 3), np.uint8)
    found = {
        "machine": machine(),
        "gib_a_second_to_the_device": there and round(here.numel() / there / 2**30, 2),
        "bfloat16_tflops": round(2 * side**3 / product / 1e12, 2),
    }
    works = bool(encode_avif(picture, 40).data)
    return found, [Check("Pillow writes AVIF", works, True, works)]


def of_tests(setting: Setting) -> Result:
    """The tests that compare a GPU with the CPU."""
    files = ["tests/e2e/test_gpu.py", "tests/network/test_memory.py"]
    # What a GPU's libraries warn of is no reason to trust it less.
    command = [sys.executable, "-m", "pytest", "-q", "-W", "default", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, *files], cwd=ROOT, capture_output=True, text=True)
    print(done.stdout, done.stderr)
    told = (done.stdout.strip() or done.stderr.strip() or "no output").splitlines()
    last = told[-1].rpartition("python: ")[2]  # as in "/usr/bin/python: No module named pytest"
    return {"last_line": last}, [Check("tests", last, "all pass", done.returncode == 0)]


def of_agreement(setting: Setting) -> Result:
    """SqueezeNet's pictures here and on a CPU, and beside the photographs."""
    weights = str(WEIGHTS) if WEIGHTS.exists() else "none"
    photographs = PHOTOGRAPHS if PHOTOGRAPHS.exists() and not setting.small else None
    here, there = (
        opened("squeezenet1_1", weights, device, setting.options, photographs)
        for device in ("cpu", setting.device)
    )
    rows, apart_by, beaten = [], [], []
    for layer, filters in SQUEEZENET.items():
        some = requests_of(there, layer)[: setting.filters(filters)]
        ours, theirs = made(there, some), made(here, some)
        differences = [
            abs(a / b - 1)
            for a, b in zip(responses(ours), responses(theirs), strict=True)
            if a is not None and b
        ]
        precision = ours[0][1].data["provenance"]["precision"]
        rows.append({"layer": layer, "median": median(differences), "precision": precision})
        apart_by += differences
        if photographs:
            beaten += beats(there, layer, ours)
    share = sum(beaten) / len(beaten) if beaten else None
    return {"layers": rows, "weights": weights, "share_beaten": share}, [
        Check("responses on a CPU, median difference", round(median(apart_by), 4), "<= 0.02",
              median(apart_by) <= 0.02 if not setting.small else None),
        Check("pictures that beat all photographs", share, ">= 0.99",
              None if share is None or weights == "none" else share >= 0.99),
    ]  # fmt: skip


def beats(context: Any, layer: str, pictures: Sequence[Any]) -> list[bool]:
    """Whether each picture's response is above the highest to the photographs."""
    asked = Examples().requests(context.plan, context.records)
    wanted = {int(request.item) for request, _ in pictures}
    some = [each for each in asked if each.layer == layer and int(each.item) in wanted]
    highest = {}
    for batch in Examples().render(context, some):
        assert not isinstance(batch, Failed), batch.reason
        highest |= {request.item: record.data["bounds"]["highest"] for request, record in batch}
    return [record.data["response"] > highest[request.item] for request, record in pictures]


class Warnings(logging.Handler):
    """Keeps what is warned of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message."""
        self.messages.append(record.getMessage())


def of_memory(setting: Setting) -> Result:
    """A layer whose pictures do not fit into a memory that is made small."""
    if not setting.device.startswith("cuda"):
        return {}, [Check("batches are halved", "only on CUDA", ">= 1", None)]
    context = opened("resnet50", "none", setting.device, setting.options)
    torch.cuda.set_per_process_memory_fraction(
        1.5 * 2**30 / torch.cuda.mem_get_info(context.device)[1], context.device
    )
    told = Warnings()
    logging.getLogger("convatlas").addHandler(told)
    some = requests_of(context, "layer3.2.conv3")[: setting.filters(384)]
    count = len(made(context, some))
    halved = sum("out of memory" in message for message in told.messages)
    return {"halved": halved, "pictures": count, "messages": told.messages}, [
        Check("batches are halved", halved, ">= 1", halved >= 1 if not setting.small else None),
        Check("pictures are made nonetheless", count, len(some), count == len(some)),
    ]


def of_encoding(setting: Setting) -> Result:
    """Pictures encoded in a second, by the number of processes."""
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (20, 20, 3), dtype=np.uint8)
    picture = np.kron(coarse, np.ones((8, 8, 1), np.uint8))
    pictures = [picture] * (8 if setting.small else 96)
    rates = {}
    for workers in (1, 2) if setting.small else (1, 4, 8, 16):
        with closing(Helpers(workers)) as helpers:
            wait(helpers.submit(np.copy, pictures))  # all have begun
            started = time.perf_counter()
            wait(helpers.submit(partial(encode_avif, quality=40, tune=MEASURED), pictures))
            rates[workers] = round(len(pictures) / (time.perf_counter() - started), 1)
    best = max(rates.values())
    return {"pictures_a_second": rates, "cores": os.cpu_count()}, [
        Check("pictures encoded in a second", best, "told only", None)
    ]


def of_lucent(setting: Setting) -> Result:
    """Five filters by torch-lucent, where it is installed, and by us."""
    python = os.environ.get("LUCENT_PYTHON")
    if python is None and importlib.util.find_spec("lucent") is not None:
        python = sys.executable
    if python is None:
        return {}, [Check("times as quick as torch-lucent", "it is not installed", ">= 30", None)]
    weights = str(WEIGHTS) if WEIGHTS.exists() else "none"
    context = opened("squeezenet1_1", weights, setting.device, setting.options)
    places = [("features.12.expand3x3", number) for number in range(5)]
    state, out = setting.out / "squeezenet1_1.pth", setting.out / "lucent.npz"
    torch.save(context.module.state_dict(), state)
    worker = ROOT / "benchmarks" / "lucent_worker.py"
    command = [python, str(worker), str(state), json.dumps(places), "4", str(out)]
    subprocess.run(command, check=True)
    with np.load(out) as file:
        theirs, seconds = file["pictures"].transpose(0, 3, 1, 2), file["seconds"].tolist()
    requests = requests_of(context, places[0][0])
    made(context, requests[:8])  # warms up
    started = time.perf_counter()
    ours = made(context, requests[: setting.filters(256)])
    own = (time.perf_counter() - started) / len(ours)
    from maximize_vs_lucent import theirs as judged

    answers = judged(context, places, theirs)
    found = dict(zip((request.item for request, _ in ours), responses(ours), strict=True))
    reached = sum(
        found[place[1]] >= answer[0] for place, answer in zip(places, answers, strict=True)
    )
    ratio = median(seconds) / own
    return {"lucent_seconds": seconds, "our_seconds": own, "reached": reached}, [
        Check("times as quick as torch-lucent", round(ratio, 1), ">= 30",
              setting.judged(ratio >= 30)),
        Check("pictures that reach its responses", f"{reached} of {len(places)}", "95 %",
              setting.judged(reached >= 0.95 * len(places))),
    ]  # fmt: skip


PARTS: dict[str, Callable[[Setting], Result]] = {
    "machine": of_machine,
    "tests": of_tests,
    "agreement": of_agreement,
    "memory": of_memory,
    "layers": accept_layers.of_layers,
    "profile": accept_layers.of_profile,
    "encoding": of_encoding,
    "lucent": of_lucent,
}
