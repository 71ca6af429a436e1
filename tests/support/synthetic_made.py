"""What the maximize lens makes of a filter, as a manifest tells it, with generated pictures.

Of every eight filters one has no negative, no second and no history, one no ratio, one fails after
all attempts, and one is made for one position; of every sixteen one is dead after all attempts.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from typing import Any

Fact = dict[str, Any]
Place = Callable[[str, int, int, int], Fact]  # stem, width, height and seed of a picture

FRAMES = (0, 8, 32, 128, 512, 2048)


def made(
    place: Place, layer: Fact, index: int, side: int, variants: bool = True, diverse: int = 4
) -> Fact:
    """A filter's part ``maximize``; pictures are ``side`` pixels high and wide."""
    maker = _Maker(place, layer, index, side)
    if index % 16 == 11:
        dead = maker.found("positive", -0.2, None, passed=False, flat=True)
        return _all(positive=dead)
    objective = "neuron" if index % 8 in (1, 7) else "channel"
    response, ratio = {1: (126.0, 4.7), 4: (30.8, None), 7: (21.44, 0.8)}.get(
        index % 8, (26.8123 + index, 4.7)
    )
    how = {"objective": objective, "steps": 2560 if index % 8 == 0 else 128}
    positive = maker.found("positive", response, ratio, **how)
    if index % 8 == 6:
        return _all(positive={**positive, "history": None})
    return _all(
        positive=positive,
        negative=maker.found("negative", -12.25 - index, 3.1, seed=5),
        second=maker.found("second", 31.5 + index, 5.8, objective="neuron", seed=6),
        diverse=maker.diverse(diverse),
        diverse_made=maker.shared("diverse", members=diverse) if diverse else None,
        variants=maker.variants() if variants else {},
    )


def _all(**parts: Any) -> Fact:
    names = ("positive", "negative", "second", "diverse_made")
    return {**dict.fromkeys(names), "diverse": [], "variants": {}, **parts}


def recipe(side: int, **changes: Any) -> Fact:
    """A recipe with every key that the lens writes, neutral but for ``changes``."""
    return {
        "objective": "channel",
        "at": [0.5, 0.5],
        "canvas": "pixels" if side < 64 else "fourier",
        "colours": {"set": "imagenet", "digest": "00"},
        "size": [side, side],
        "steps": 128,
        "optimiser": "adam",
        "rate": 0.05,
        "tolerance": 0.0,
        "pad": 0,
        "jitter": 8.0,
        "scale": 0.05,
        "rotate": 5.0,
        "crop": 1.0,
        "noise": 0.0,
        "l2": 0.0,
        "variation": 0.0,
        "gradients": 0.0,
        "growths": 0,
        "growth": 1.2,
        "blur": 0.0,
        "members": 1,
        "seed": 0,
        "attempt": 0,
        **changes,
    }


class _Maker:
    def __init__(self, place: Place, layer: Fact, index: int, side: int) -> None:
        self.place, self.layer, self.index, self.side = place, layer, index, side
        self.seed = index * 7 + len(layer["name"])

    def found(self, kind: str, response: float, ratio: float | None, **how: Any) -> Fact:
        """The picture of one role; ``how`` is of its recipe, but for ``passed`` and ``flat``."""
        passed = how.pop("passed", ratio is None or ratio > 1)
        flat, seed = how.pop("flat", False), how.pop("seed", 1)
        if not passed:
            how["attempt"] = 3
        return {
            **self._judged(f"{self.index}-{kind}", seed, response, ratio),
            **self.shared(kind, **how),
            "attempts": 1 if passed else 4,
            "passed": passed,
            "flat": flat,
            "attended": None,
            "history": self._history(kind, seed, response, how.get("steps", 128)),
        }

    def shared(self, kind: str, **how: Any) -> Fact:
        """What tells of a record beside its pictures."""
        name = f"{self.layer['href']}{self.index}{kind}"
        made = recipe(self.side, **how)
        return {
            "objective": made["objective"],
            "size": made["size"],
            "attempts": 1,
            "history": None,
            "recipe": made,
            "record": hashlib.sha256(name.encode()).hexdigest()[:16],
            "provenance": {"device": "cpu", "precision": "bfloat16", "torch": "2.9.0"},
        }

    def diverse(self, count: int) -> list[Fact]:
        stem = f"{self.index}-diverse"
        return [
            {**self._judged(f"{stem}-{n}", 7 + n, 30.0 - n, 1.6 - n / 4), "passed": n < 3}
            for n in range(count)
        ]

    def variants(self) -> Fact:
        grown = {"steps": 12, "growths": 12, "blur": 1.4, "optimiser": "sgd", "canvas": "pixels"}
        return {
            "classic": {"positive": self.found("classic-positive", 19.5, 1.2, **grown)},
            "fine": {"positive": self.found("fine-positive", 31.25, 1.9, steps=2560)},
            "none": {"positive": None},
        }

    def _judged(self, stem: str, seed: int, response: float, ratio: float | None) -> Fact:
        return {
            "picture": self.place(stem, self.side, self.side, self.seed + seed),
            "response": response,
            "position": [3, 4],
            "map": self.layer["map"],
            "ratio": ratio,
            "flat": False,
        }

    def _history(self, kind: str, seed: int, response: float, last: int) -> Fact:
        bare = kind in ("negative", "second")  # what stands beside the first picture
        steps = [n * last // 32 for n in range(0, 33, 4 if bare else 1)]
        frames = [step for step in FRAMES if step < last] + [last]
        stem, width = f"{self.index}-{kind}-history", len(frames) * self.side
        return {
            "steps": steps,
            "responses": [_climbed(step, response, self.seed) for step in steps],
            "frames": frames,
            "picture": None if bare else self.place(stem, width, self.side, self.seed + seed),
        }


def _climbed(step: int, response: float, seed: int) -> float:
    """A value that climbs quickly, then slowly, and trembles on its way; no finer than bfloat16."""
    tremble = 0.04 * math.sin(step * 1.7 + seed) * min(step, 24) / 24
    value = response * (0.06 + 0.9 * (1 - math.exp(-step / 30)) + tremble)
    return float(f"{value:.4g}")
