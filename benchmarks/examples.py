"""The examples pass over a bare forward pass on the same decoded images, and its peak memory.

SqueezeNet 1.1, all 26 layers. The ratios are taken in turns in one run on 1,000 photographs; the
memory in a process of its own for each number of images, which the demo draws. ``--ratios ROUNDS``
and ``--peak IMAGES`` measure one of the two alone, and print it.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convatlas.config import schema
from convatlas.config.read import Configuration
from convatlas.lenses.base import Batch, Failed, RenderContext
from convatlas.lenses.examples import Examples
from convatlas.lenses.examples.options import Examples as ExamplesOptions
from convatlas.lenses.examples.scan_images import begun
from convatlas.lenses.examples.top_k import TopK
from convatlas.lenses.parts.image_batches import image_batches
from convatlas.model.facts import Layer, Tap
from convatlas.network.responses import normalise, tap
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.workspace import Workspace
from convatlas.store.store import Store
from machine import peak_gib, write
from squeezenet import configuration

ROUNDS = 7
KEPT = ExamplesOptions()
COUNTS = (1_000, 5_000, 20_000)

Decoded = Sequence[tuple[int, Tensor]]
Receivers = dict[Tap, Callable[[NDArray[np.int64], Tensor], None]]


class Ends:
    """Top and lowest images and means of a layer, and nothing else."""

    def __init__(self, layer: Layer) -> None:
        assert layer.map_size is not None
        filters, size = layer.filters, layer.map_size
        self.highest = TopK.empty(1, filters, KEPT.top, size, heat=False)
        self.lowest = TopK.empty(-1, filters, KEPT.lowest, size, heat=False)
        self.total = torch.zeros(layer.filters, dtype=torch.float64)

    def add(self, images: NDArray[np.int64], response: Tensor) -> None:
        """Take in a batch of responses."""
        n, filters, _, width = response.shape
        rows = response.permute(0, 2, 3, 1).flatten(2)
        self.total += rows.sum(1).view(n, width, filters).sum((0, 1), dtype=torch.float64)
        highest = rows.amax(1).view(n, width, filters).amax(1)
        lowest = rows.amin(1).view(n, width, filters).amin(1)
        self.highest.add(self.highest.entering(images, highest, response))
        self.lowest.add(self.lowest.entering(images, -lowest, response))


def watched(context: RenderContext, decoded: Decoded, receivers: Receivers) -> None:
    """The network on every image, with something done to each tapped layer's responses."""
    with torch.inference_mode():
        for first, pictures in decoded:
            inputs = normalise(pictures, context.plan.network.preprocessing)
            if receivers:
                images = np.arange(first, first + len(pictures))
                taps = {place: partial(receive, images) for place, receive in receivers.items()}
                tap(context.module, inputs, taps)
            else:
                context.module(inputs)


def ends(layers: Sequence[Layer]) -> Receivers:
    """Top, lowest and means."""
    return {layer.tap: Ends(layer).add for layer in layers if layer.tap}


def everything(context: RenderContext, layers: Sequence[Layer]) -> Receivers:
    """All that the lens keeps."""
    _, tallies = begun(context, layers, KEPT)
    return {layer.tap: tallies[layer.name].add for layer in layers if layer.tap}


def ratios(context: RenderContext, layers: Sequence[Layer], rounds: int = ROUNDS) -> dict[str, Any]:
    """Rounds of passes in turn, after one that warms up.

    The bare pass is run twice: as PyTorch lays pictures out by itself, with channels first, and
    with channels last as our pass does, which is much quicker on this kind of processor.
    """
    decoded = list(image_batches(context, 8))
    first = [(index, pictures.contiguous()) for index, pictures in decoded]
    passes: dict[str, Callable[[], None]] = {
        "bare": lambda: watched(context, first, {}),
        "bare, channels last": lambda: watched(context, decoded, {}),
        "top, lowest, means": lambda: watched(context, decoded, ends(layers)),
        "everything": lambda: watched(context, decoded, everything(context, layers)),
    }
    turns = [{name: timed(run) for name, run in passes.items()} for _ in range(rounds + 1)][1:]
    seconds = {name: [turn[name] for turn in turns] for name in passes}
    return {
        "images": sum(len(pictures) for _, pictures in decoded),
        "batch": len(decoded[0][1]),
        "layers": len(layers),
        "seconds": {name: [round(one, 2) for one in found] for name, found in seconds.items()},
        "ratio_to_bare": over(seconds, "bare"),
        "ratio_to_bare_channels_last": over(seconds, "bare, channels last"),
    }


def timed(run: Callable[[], None]) -> float:
    """Seconds of a pass."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def over(seconds: dict[str, list[float]], base: str) -> dict[str, float]:
    """The median over rounds of each pass's time over another's in the same round."""
    return {
        name: round(statistics.median(a / b for a, b in zip(found, seconds[base], strict=True)), 3)
        for name, found in seconds.items()
        if not name.startswith("bare")
    }


def drawn(count: int) -> Configuration:
    """SqueezeNet with so many of the demo's drawings."""
    read = configuration()
    source = {"source": "convatlas.demo:pictures", "arguments": {"count": count}}
    images = [schema.ImageSet.model_validate({"name": "drawings", **source})]
    return replace(read, atlas=read.atlas.model_copy(update={"images": images}))


@contextmanager
def opened(read: Configuration) -> Iterator[RenderContext]:
    """A studio for a configuration, on a store that is thrown away."""
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "store") as store:
        workspace = Workspace(read, OpenCatalog(store))
        yield workspace.render_context(workspace.plan_contexts()[0].network.name, "auto")


def peak(count: int) -> None:
    """Render the examples of all layers, and print how long it took and the peak memory."""
    with opened(drawn(count)) as context:
        requests = list(Examples().requests(context.plan, context.records))
        started = time.perf_counter()
        records = sum(counted(batch) for batch in Examples().render(context, requests))
        seconds = time.perf_counter() - started
    found = {"images": count, "records": records, "seconds": round(seconds, 1)}
    print(json.dumps({**found, "peak_gib": peak_gib()}))


def counted(batch: Batch | Failed) -> int:
    """How many records a batch has."""
    return 0 if isinstance(batch, Failed) else len(batch)


def peaks() -> Iterator[dict[str, Any]]:
    """Peak memory by number of images."""
    for count in COUNTS:
        ran = subprocess.run(
            [sys.executable, __file__, "--peak", str(count)], stdout=subprocess.PIPE, check=True
        )
        yield json.loads(ran.stdout.splitlines()[-1])


def main() -> None:
    """Ratios, then memory."""
    with opened(configuration()) as context:
        layers = [layer for layer, _ in context.plan.layers()]
        found = ratios(context, layers)
    write("examples", {**found, "peaks": list(peaks())})


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        peak(int(sys.argv[2]))
    elif sys.argv[1:2] == ["--ratios"]:
        with opened(configuration()) as known:
            chosen = [layer for layer, _ in known.plan.layers()]
            print(json.dumps(ratios(known, chosen, int(sys.argv[2]))))
    else:
        main()
