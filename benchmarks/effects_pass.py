"""The pass for effects over a bare one, in turns, batch by batch, in one process.

Seconds of the processor (user and system) of the same images: a bare pass, contiguous and with
channels last, of which the quicker one counts, and the pass that effects need, forward and twice
backward. Images are decoded beforehand. So other work on the machine slows both down alike.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import click
import torch

from convatlas.lenses.effects.class_target import ClassTarget
from convatlas.lenses.effects.study import Study
from convatlas.lenses.parts.image_batches import image_batches
from convatlas.network.responses import normalise
from effects_exact import context_of
from machine import WORK, write


def seconds(run: Callable[[], object]) -> float:
    """The processor's seconds, user and system, that something takes in this process."""
    before = os.times()
    run()
    after = os.times()
    return after.user - before.user + after.system - before.system


def measured(name: str, photos: int) -> dict[str, Any]:
    """The sums over all batches of one network, and the ratio of each batch."""
    context = context_of(name, photos)
    layers = [layer for layer, _ in context.plan.layers() if layer.consumed is not None]
    study = Study(context, layers, ClassTarget.of(context.plan))
    preprocessing = context.plan.network.preprocessing
    batches = [(n, normalise(each, preprocessing)) for n, each in image_batches(context, 8)]

    def bare(inputs: torch.Tensor) -> None:
        with torch.inference_mode():
            context.module(inputs)

    def full(first: int, inputs: torch.Tensor) -> None:
        study._add(range(first, first + len(inputs)), inputs)

    rows = []
    for first, inputs in batches:
        plain = inputs.contiguous()
        rows.append(
            (
                seconds(lambda plain=plain: bare(plain)),
                seconds(lambda inputs=inputs: bare(inputs)),
                seconds(lambda first=first, inputs=inputs: full(first, inputs)),
            )
        )
    rows = rows[1:]  # the first one also sets things up
    contiguous, last, effects = (sum(row[place] for row in rows) for place in range(3))
    return {
        "photos": photos,
        "layers": len(layers),
        "bare_contiguous_seconds": round(contiguous, 2),
        "bare_channels_last_seconds": round(last, 2),
        "pass_seconds": round(effects, 2),
        "pass_over_bare": round(effects / min(contiguous, last), 2),
        "median_of_batches": round(median(row[2] / min(row[:2]) for row in rows), 2),
    }


@click.command(help=__doc__)
@click.argument("names", nargs=-1)
@click.option("--photos", default=200)
def main(names: Sequence[str], photos: int) -> None:
    """Measure the networks one after the other."""
    WORK.mkdir(exist_ok=True)
    torch.set_num_threads(1)
    found = {}
    for name in names or ("squeezenet1_1", "mobilenet_v2", "resnet20"):
        found[name] = measured(name, photos)
        write("effects_pass", {"networks": found})


if __name__ == "__main__":
    main()
