"""What each reading of the responses costs the examples pass: SqueezeNet 1.1, all 26 layers.

Passes over the same decoded photographs in turns, each of which does one thing more than the one
before.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from operator import sub

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from convatlas.lenses.base import RenderContext
from convatlas.lenses.examples.accumulator import LayerAccumulator
from convatlas.lenses.examples.batch_summary import Centre
from convatlas.lenses.examples.scan_images import begun
from convatlas.lenses.parts.image_batches import image_batches
from convatlas.model.facts import Layer
from examples import KEPT, Receivers, opened, watched
from machine import write
from squeezenet import configuration

Step = Callable[[LayerAccumulator, NDArray[np.int64], Tensor], None]


def nothing(_: LayerAccumulator, _images: NDArray[np.int64], _response: Tensor) -> None:
    """Be given the responses."""


def highest(_: LayerAccumulator, _images: NDArray[np.int64], response: Tensor) -> None:
    """Find the highest response of each map, and where it is."""
    functional.max_pool2d(response, response.shape[2:], return_indices=True)


def summary(tally: LayerAccumulator, _images: NDArray[np.int64], response: Tensor) -> None:
    """Also the lowest, the sum, the sum of squares, and how many are above zero."""
    tally.centre = tally.centre or Centre.of(response)
    tally.reducer.reduce(response, tally.centre)


def lists(tally: LayerAccumulator, images: NDArray[np.int64], response: Tensor) -> None:
    """Also the strongest and weakest images with their heat maps."""
    tally.centre = tally.centre or Centre.of(response)
    found = tally.reducer.reduce(response, tally.centre)
    tally.highest.add(tally.highest.entering(images, found.highest, response))
    tally.lowest.add(tally.lowest.entering(images, -found.lowest, response))


STEPS: dict[str, Step] = {
    "given the responses": nothing,
    "the highest and its position": highest,
    "the lowest, sums, shares": summary,
    "lists and heat maps": lists,
    "samples, classes, ranks": LayerAccumulator.add,
}


def taken(run: Callable[[], None], clock: Callable[[], float]) -> float:
    """Seconds of a pass by a clock."""
    started = clock()
    run()
    return clock() - started


def receivers(context: RenderContext, layers: Sequence[Layer], step: Step) -> Receivers:
    """What is done with each layer's responses, from new tallies."""
    _, tallies = begun(context, layers, KEPT)

    def receive(name: str) -> Callable[[NDArray[np.int64], Tensor], None]:
        return lambda images, response: step(tallies[name], images, response)

    return {layer.tap: receive(layer.name) for layer in layers if layer.tap}


def main() -> None:
    """Seconds of each pass, and what each thing adds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--photographs", type=int, default=1000)
    parser.add_argument("--processor", action="store_true", help="its seconds, not the wall's")
    asked = parser.parse_args()
    clock = time.process_time if asked.processor else time.perf_counter
    with opened(configuration()) as context:
        layers = [layer for layer, _ in context.plan.layers()]
        decoded = list(image_batches(context, 8, range(asked.photographs)))
        plain = [(index, pictures.contiguous()) for index, pictures in decoded]

        def turn() -> dict[str, float]:
            bare = {"bare, channels first": plain, "bare": decoded}
            passes = {name: partial(watched, context, on, {}) for name, on in bare.items()}
            for name, step in STEPS.items():
                given = receivers(context, layers, step)
                passes[name] = partial(watched, context, decoded, given)
            return {name: taken(run, clock) for name, run in passes.items()}

        turns = [turn() for _ in range(asked.rounds + 1)][1:]
    shares = {name: [turn[name] / turn["bare"] for turn in turns] for name in turns[0]}
    write(
        "examples_readings",
        {
            "images": asked.photographs,
            "threads": torch.get_num_threads(),
            "clock": "processor" if asked.processor else "wall",
            "seconds": {name: [round(turn[name], 2) for turn in turns] for name in turns[0]},
            "over_bare": {name: round(statistics.median(shares[name]), 3) for name in shares},
            "adds": {
                later: round(statistics.median(map(sub, shares[later], shares[sooner])), 3)
                for sooner, later in pairwise(["bare", *STEPS])
            },
        },
    )


if __name__ == "__main__":
    main()
