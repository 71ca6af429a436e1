"""What the examples lens finds of a filter, as a manifest tells it, with generated pictures.

Of every eight filters one is dead (index 3), one answers to nearly everything (index 4).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convatlas.model.crops import crop
from support.synthetic_pictures import Pictures

Fact = dict[str, Any]

CELLS = 16
RANDOM = 3


class Finder:
    """Makes the part ``examples`` of the filters of a network that is shown an image set."""

    def __init__(self, pictures: Pictures, images: Fact, size: tuple[int, int], top: int) -> None:
        self.pictures, self.images, self.size = pictures, images, size
        self.top, self.lowest = top, 3
        self.entries: list[Fact] = list(images["shown"])

    def examples(self, layer: Fact, index: int, near: Sequence[Fact]) -> Fact:
        """One filter's part; ``near`` are its neighbours."""
        count, dead, busy = len(self.entries), index % 8 == 3, index % 8 == 4
        highest = -0.5 if dead else 26.8
        order = [self.entries[(index * 5 + rank) % count] for rank in range(count)]
        values = [self._response(rank / max(count - 1, 1), highest, busy) for rank in range(count)]
        shown, inhibiting = min(self.top, count), min(self.lowest, count)
        top = [
            self._entry(layer, order[r], values[r], highest, r, 1 - r / count, r)
            for r in range(shown)
        ]
        lowest = [
            self._entry(layer, order[-1 - r], -3.25 + r / 4, highest, r, r / count, shown + r)
            for r in range(inhibiting)
        ]
        kinds: list[str | None] = [entry["label"] for entry in self.entries if entry["label"]]
        return {
            "images": count,
            "bounds": {"highest": highest, "lowest": -3.25},
            "top": top,
            "lowest": lowest,
            "range": list(self._range(layer, order, values, highest)),
            "heat": self._heat(layer, index, [*top, *lowest], shown),
            "crops": self._crops(layer, index, top),
            "mean": 0.0512,
            "std": 1.37,
            "mean_highest": float(np.mean(values)),
            "std_highest": float(np.std(values)),
            "share_images": float(np.mean(np.array(values) > 0)),
            "share_positions": 0.0 if dead else 0.9995 if busy else 0.0431,
            "sampled": count,
            "percentiles": {p: values[round((1 - float(p) / 100) * (count - 1))] for p in PERCENTS},
            "histogram": _histogram(np.array(values)),
            "positions": _histogram(np.linspace(-1.8, 2.4, 501) ** 3),
            "classes": _classes(kinds, highest),
            "selectivity": 0.5 if kinds else None,
            "among": {"1": 0.004, "5": 0.031, "15": 0.12, "50": 1.0},
            "nearest": list(near),
        }

    def _response(self, share: float, highest: float, busy: bool) -> float:
        """From the highest down to below zero; of the busy ones to half of the highest."""
        return highest * (1 - 0.4 * share) if busy else highest * (1 - share) ** 3 - 1.2 * share

    def _entry(
        self,
        layer: Fact,
        image: Fact,
        response: float,
        highest: float,
        rank: int,
        quantile: float,
        tile: int | None,
    ) -> Fact:
        row, column = (rank * 11) % layer["map"][0], (rank * 17) % layer["map"][1]
        down, across = (self.size[axis] / layer["map"][axis] for axis in (0, 1))
        high, wide = layer["local_receptive_field"]
        above, left = (
            round((row + 0.5) * down - high / 2),
            round((column + 0.5) * across - wide / 2),
        )
        return {
            "image": image["id"],
            "response": response,
            "relative": response / highest if highest > 0 else None,
            "position": [row, column],
            "box": [
                max(left, 0),
                max(above, 0),
                min(left + wide, self.size[1]),
                min(above + high, self.size[0]),
            ],
            "label": image["label"],
            "quantile": quantile,
            "tile": tile,
        }

    def _range(
        self, layer: Fact, order: Sequence[Fact], values: Sequence[float], highest: float
    ) -> Iterator[Fact]:
        """The highest, those at the percentiles and those drawn, no image twice."""
        last = len(order) - 1
        ranks = {round((1 - float(percent) / 100) * last): False for percent in ("100", *PERCENTS)}
        for image in self.entries[:RANDOM]:
            ranks.setdefault(order.index(image), True)
        for rank, drawn in sorted(ranks.items()):
            quantile = 1 - rank / last if last else 1.0
            entry = self._entry(layer, order[rank], values[rank], highest, rank, quantile, None)
            yield {**entry, "drawn": True} if drawn else entry

    def _heat(self, layer: Fact, index: int, shown: Sequence[Fact], top: int) -> Fact | None:
        if self.images["publish"] == "none" and not self.images["heatmaps"]:
            return None
        high, wide = (min(side, CELLS) for side in layer["map"])
        y, x = np.mgrid[0:high, 0:wide]
        tiles = []
        for number, entry in enumerate(shown):
            row = entry["position"][0] * high / layer["map"][0]
            column = entry["position"][1] * wide / layer["map"][1]
            bump = np.exp(-((y - row) ** 2 + (x - column) ** 2) / 5)
            tiles.append(255 * bump * (0.9**number if number < top else 0.8))
        grey = np.repeat(np.concatenate(tiles, axis=1)[..., None], 3, axis=2).astype(np.uint8)
        folder = layer["href"].removesuffix("index.html")
        picture = self.pictures.store(folder, f"{index}-heat", grey)
        return {"picture": picture, "size": [high, wide]}

    def _crops(self, layer: Fact, index: int, top: Sequence[Fact]) -> Fact | None:
        if self.images["publish"] != "crops":
            return None
        windows = [crop(e["box"], layer["local_receptive_field"], self.size) for e in top[:9]]
        sides = (windows[0].width, windows[0].height)
        ids = [entry["id"] for entry in self.entries]
        tiles = [
            self.pictures.pixels(self.size[1], self.size[0], ids.index(entry["image"]))[
                window.top : window.top + sides[1], window.left : window.left + sides[0]
            ]
            for entry, window in zip(top[:9], windows, strict=True)
        ]
        folder = layer["href"].removesuffix("index.html")
        picture = self.pictures.store(folder, f"{index}-crops", np.concatenate(tiles, axis=1))
        return {"picture": picture, "size": [sides[1], sides[0]], "count": len(tiles)}


PERCENTS = ("99.9", "99", "90", "50")


def _histogram(values: NDArray[np.floating[Any]]) -> Fact:
    counts, edges = np.histogram(values, 20 if np.ptp(values) else 1)
    if not np.ptp(values):
        edges = np.array([values[0], values[0]])
    return {"edges": edges.tolist(), "counts": counts.tolist()}


def _classes(labels: Sequence[str | None], highest: float) -> list[Fact]:
    names = list(dict.fromkeys(labels))[:5]
    return [
        {
            "label": name,
            "mean": highest * 0.7 * 0.8**place,
            "gap": 2.4 - place if len(names) > 1 else None,
            "images": labels.count(name),
        }
        for place, name in enumerate(names)
    ]


def near(layers: Sequence[Fact], depth: int, index: int, others: Sequence[Fact]) -> list[Fact]:
    """Neighbours of a filter: of its layer, of the one before, of other networks' layers."""
    filters = [index + step for step in (1, 2, -1, 5)]
    places = [
        *((layers[depth], "layer") for _ in range(1)),
        *((layer, "network") for layer in layers[:depth][-1:]),
        *((layer, "atlas") for layer in others[depth : depth + 1]),
    ]
    return [
        {
            "filter": f"{layer['network']}/{layer['name']}/{other % layer['count']}",
            "href": f"{layer['href'].removesuffix('index.html')}{other % layer['count']}.html",
            "correlation": 0.91 - 0.07 * rank,
            "where": where,
        }
        for layer, where in places
        for rank, other in enumerate(filters)
        if layer is not layers[depth] or other % layer["count"] != index
    ]


def identify(number: int, publish: str) -> str:
    """An image's id: a digest, or a number where nothing of the images is published."""
    if publish == "none":
        return str(number)
    return hashlib.sha256(str(number).encode()).hexdigest()[:12]
