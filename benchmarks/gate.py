"""How many filters of SqueezeNet 1.1 have a picture at ``standard`` that beats all photographs.

Some filters of every layer, spread evenly: what ``bench_squeezenet.py`` tells of all, in minutes.
"""

from __future__ import annotations

from statistics import median

import click
import numpy as np

from convatlas.model.scores import FLAT
from machine import WORK, write
from product_pictures import Pictured, Studio
from transfer import evenly, opened

NETWORK = "squeezenet1_1"


@click.command(help=__doc__)
@click.option("--each", default=32, help="How many filters of each layer.")
def main(each: int) -> None:
    """From what photographs excite, which is kept, and pictures made afresh."""
    WORK.mkdir(exist_ok=True)
    store = WORK / f"gate-{NETWORK}"
    context = opened(NETWORK, store)
    layers = {layer.name: evenly(layer.filters, each) for layer, _ in context.plan.layers()}
    seconds, found = Studio.of(context, layers, store).pictures({"preset": "standard"})
    rows = [
        {"layer": name, **told([found[name, index] for index in filters])}
        for name, filters in layers.items()
    ]
    sums = {key: sum(row[key] for row in rows) for key in ("filters", "passed", "flat")}
    write("gate", {"seconds_a_filter": round(seconds, 4), **sums, "layers": rows})


def told(pictures: list[Pictured]) -> dict[str, float]:
    """How many pictures of a layer beat all photographs, by how much, and how many are flat."""
    ratios = [one.ratio for one in pictures if one.ratio is not None]
    return {
        "filters": len(pictures),
        "passed": sum(ratio > 1 for ratio in ratios),
        "flat": sum(flat(one) for one in pictures),
        "median_ratio": round(median(ratios), 3),
    }


def flat(picture: Pictured) -> bool:
    """Whether nothing is to be seen, as the product says."""
    deviations: np.ndarray = picture.pixels.reshape(-1, 3).std(axis=0)
    return bool((deviations < 255 * FLAT).all())


if __name__ == "__main__":
    main()
