"""Whether other networks see in the pictures of classes the class that they were made for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from convatlas.images.codecs.webp import encode_lossless
from convatlas.lenses.base import RenderContext
from convatlas.network.responses import respond
from imagenet import CLASS_LAYER, WITH_CLASSES, network, photograph_of, resized
from product_pictures import Pictured, Studio

BATCH = 32

Ranks = dict[str, list[int]]
"""By judge, the rank of each picture's own class among its class scores, from 1."""


@dataclass(frozen=True)
class Shown:
    """One picture of each class, what its filter answers, and how the judges rank its class."""

    pictures: Sequence[Pictured]
    ranks: Ranks
    seconds: float | None  # a picture

    def row(self) -> dict[str, Any]:
        """The row of a table."""
        responses = [p.response for p in self.pictures if p.response is not None]
        ratios = [p.ratio for p in self.pictures if p.ratio is not None]
        return {
            "seconds_a_picture": None if self.seconds is None else round(self.seconds, 4),
            "response": round(mean(responses), 4),
            "median_ratio": round(median(ratios), 3),
            "share_above_1": round(sum(ratio > 1 for ratio in ratios) / len(ratios), 4),
            "judges": {
                judge: {f"top{top}": share(ranks, top) for top in (1, 5)}
                for judge, ranks in self.ranks.items()
            },
        }


def share(ranks: Sequence[int], top: int) -> float:
    """The share of ranks that are among the first."""
    return round(sum(rank <= top for rank in ranks) / len(ranks), 4)


def judged(pixels: Sequence[NDArray[np.uint8]], labels: Sequence[int]) -> Ranks:
    """How each network with classes ranks the labels of pictures, resized to its input.

    Scores that are not numbers rank last; so does a class among equal scores.
    """
    return {judge: list(_ranks(judge, pixels, labels)) for judge in WITH_CLASSES}


def _ranks(judge: str, pixels: Sequence[NDArray[np.uint8]], labels: Sequence[int]) -> Sequence[int]:
    found: list[int] = []
    for first in range(0, len(pixels), BATCH):
        some = torch.cat([resized(each) for each in pixels[first : first + BATCH]])
        with torch.inference_mode():
            scores = network(judge)(some)
        own = scores.gather(1, torch.tensor(labels[first : first + BATCH])[:, None])
        found += (~(scores < own)).sum(1).tolist()
    return found


def by_recipe(studio: Studio, labels: Sequence[int], recipe: Mapping[str, Any]) -> Shown:
    """The pictures of a recipe."""
    seconds, found = studio.pictures(recipe)
    pictures = [found[CLASS_LAYER, label] for label in labels]
    ranks = judged([picture.pixels for picture in pictures], labels)
    return Shown(pictures, ranks, seconds)


def photographs(studio: Studio, labels: Sequence[int]) -> Shown:
    """The photographs of the classes, which are the bound."""
    pixels = [photograph_of(label) for label in labels]
    strongest = studio.strongest()
    responses = _responses(studio.opened, pixels, labels)
    pictures = [
        Pictured.of(
            encode_lossless(each).data,
            response,
            min(1.0, response / strongest[CLASS_LAYER, label]["response"]),  # it is one of them
        )
        for each, response, label in zip(pixels, responses, labels, strict=True)
    ]
    return Shown(pictures, judged(pixels, labels), None)


def _responses(
    opened: RenderContext, pixels: Sequence[NDArray[np.uint8]], labels: Sequence[int]
) -> list[float]:
    """The highest response of each label's filter to its picture."""
    layer, found = opened.layer(CLASS_LAYER), []
    for one, label in zip(pixels, labels, strict=True):
        with torch.inference_mode():
            maps = respond(opened.module, layer, resized(one).to(opened.device))
        found.append(maps[0, label].max().item())
    return found


def paired(first: Shown, other: Shown) -> dict[str, Any]:
    """Classes that the judges have among their first five by one recipe and not by the other."""
    return {
        judge: {
            "gained": sum(a > 5 >= b for a, b in zip(ranks, other.ranks[judge], strict=True)),
            "lost": sum(b > 5 >= a for a, b in zip(ranks, other.ranks[judge], strict=True)),
        }
        for judge, ranks in first.ranks.items()
    }
