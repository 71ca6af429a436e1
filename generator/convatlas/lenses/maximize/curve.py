"""The optimisation curve of a picture as numbers that a template draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from convatlas.lenses.examples.entries import ExamplesEntry
from convatlas.lenses.maximize.entries import Attempt, History
from convatlas.ui.charts.label import Label
from convatlas.ui.text import number, plural

Point = tuple[int, int]

WIDTH, HEIGHT = 480, 168
LEFT, RIGHT, TOP, BOTTOM = 56, 424, 32, 136
"""The area of the curve; the space around it is for labels."""
LINE = 16
"""Height of a line of text; labels closer to each other would overlap."""
GLYPH = 8
"""Width of a letter on a small screen, where letters are largest relative to the curve."""


@dataclass(frozen=True)
class Curve:
    """A curve in a box of ``width`` x ``height``, with y pointing downward."""

    points: Sequence[Point]
    marks: Sequence[Point]  # positions of the strip's canvases
    labels: Sequence[Label]
    zero: int  # y of the axis
    bound: int | None  # y of the line for the strongest image of the set
    alt: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT

    @property
    def line(self) -> str:
        """An SVG path through the points, each as seen from the one before."""
        steps = ((x - before, y - above) for (before, above), (x, y) in pairwise(self.points))
        joined = " ".join(f"{right} {down}" for right, down in steps).replace(" -", "-")
        return f"M{self.points[0][0]} {self.points[0][1]}l{joined}"


@dataclass(frozen=True)
class _Scale:
    """Maps steps and responses to coordinates; the range includes zero, so heights compare."""

    first: float
    last: float
    low: float
    high: float

    def x(self, step: float) -> int:
        return round(LEFT + (step - self.first) * (RIGHT - LEFT) / (self.last - self.first))

    def y(self, response: float) -> int:
        return round(BOTTOM - (response - self.low) * (BOTTOM - TOP) / (self.high - self.low))


def curve(made: Attempt, examples: ExamplesEntry | None) -> Curve | None:
    """Return the curve of a picture that excites a filter; None if its history is too short.

    The strongest image is drawn only if a single position was optimised, because a mean over the
    map cannot be compared with the response at a position.
    """
    history = made["history"]
    pairs = _finite(history) if history else []
    if history is None or len(pairs) < 2 or pairs[0][0] == pairs[-1][0]:
        return None
    seen = examples if made["objective"] == "neuron" else None
    scale = _fitted(pairs, [seen["bounds"]["highest"]] if seen else [])
    points = [(scale.x(step), scale.y(response)) for step, response in pairs]
    zero, bound = scale.y(0), scale.y(seen["bounds"]["highest"]) if seen else None
    own = list(_own(pairs, points))
    labels = [*own, *_axes(pairs, points[0], zero)]
    if seen and bound is not None:
        labels.append(_strongest(seen, bound, [*points, *map(_middle, own)]))
    marks = _marks(history["frames"], pairs, points)
    return Curve(points, marks, labels, zero, bound, _alt(pairs))


def _fitted(pairs: Sequence[tuple[float, float]], further: Sequence[float]) -> _Scale:
    heights = [0.0, *further, *(response for _, response in pairs)]
    low, high = min(heights), max(heights)
    return _Scale(pairs[0][0], pairs[-1][0], low, high if high > low else low + 1)


def _finite(history: History) -> list[tuple[float, float]]:
    """Return pairs of step and response, without responses that are not finite (None)."""
    pairs = zip(history["steps"], history["responses"], strict=True)
    return [(step, response) for step, response in pairs if response is not None]


def _own(pairs: Sequence[tuple[float, float]], points: Sequence[Point]) -> Iterator[Label]:
    """Yield labels of the first and last responses and, if it differs, the highest."""
    first, last = number(pairs[0][1]), number(pairs[-1][1])
    yield Label(LEFT - 8, points[0][1] + 4, first, "end")
    yield Label(RIGHT + 8, points[-1][1] + 4, last, "start")
    best = _best(pairs)
    if number(pairs[best][1]) not in (first, last):
        x, y = points[best]
        yield Label(x, y - 8, number(pairs[best][1]), _anchor(x))


def _anchor(x: int) -> str:
    """Return the text anchor for a label at ``x``: labels near the ends extend inward."""
    share = (x - LEFT) / (RIGHT - LEFT)
    return "start" if share < 0.2 else "end" if share > 0.8 else "middle"


def _axes(pairs: Sequence[tuple[float, float]], start: Point, zero: int) -> Iterator[Label]:
    below = BOTTOM + 20
    yield Label(0, 12, "response", "start")
    yield Label(LEFT, below, f"step {pairs[0][0]:,g}", "middle")
    yield Label(RIGHT, below, f"step {pairs[-1][0]:,g}", "middle")
    if abs(zero - start[1]) >= LINE:
        yield Label(LEFT - 8, zero + 4, "0", "end")


def _strongest(examples: ExamplesEntry, line: int, taken: Sequence[Point]) -> Label:
    """Return the label of the strongest image's line, at the place where it hides least."""
    highest = number(examples["bounds"]["highest"])
    text = f"strongest of {plural(examples['images'], 'image')}: {highest}"
    places = [
        Label(x, y, text, anchor)
        for x, anchor in ((RIGHT, "end"), (LEFT, "start"))
        for y in (line + LINE, line - 6)
        if y < BOTTOM
    ]
    return min(places, key=lambda label: _hidden(label, taken))


def _hidden(label: Label, points: Sequence[Point]) -> int:
    """Return the number of points that a label hides."""
    (left, right), top, bottom = _ends(label), label.y - LINE, label.y + LINE // 4
    return sum(top <= y <= bottom and left <= x <= right for x, y in points)


def _ends(label: Label) -> tuple[int, int]:
    reach = GLYPH * len(label.text)
    left = label.x - {"start": 0, "middle": reach // 2, "end": reach}[label.anchor]
    return left, left + reach


def _middle(label: Label) -> Point:
    return sum(_ends(label)) // 2, label.y - LINE // 4


def _marks(
    frames: Sequence[float], pairs: Sequence[tuple[float, float]], points: Sequence[Point]
) -> list[Point]:
    """Return the points of the curve that are nearest to the strip's canvases."""
    steps = {step: place for place, (step, _) in enumerate(pairs)}
    nearest = [steps[frame] if frame in steps else _nearest(steps, frame) for frame in frames]
    return [points[place] for place in dict.fromkeys(nearest)]


def _nearest(steps: Mapping[float, int], frame: float) -> int:
    return steps[min(steps, key=lambda step: abs(step - frame))]


def _best(pairs: Sequence[tuple[float, float]]) -> int:
    return max(range(len(pairs)), key=lambda place: pairs[place][1])


def _alt(pairs: Sequence[tuple[float, float]]) -> str:
    (start, first), (end, last), (at, best) = pairs[0], pairs[-1], pairs[_best(pairs)]
    ends = f"{number(first)} at step {start:g}, {number(last)} at step {end:g}"
    highest = "" if at == end else f", highest {number(best)} at step {at:g}"
    return f"Curve of the response: {ends}{highest}"
