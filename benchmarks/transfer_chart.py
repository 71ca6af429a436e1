"""Draws ``results/recipes.json``, of ``transfer.py``, as ``docs/images/recipes.svg``.

Each recipe is a point: the seconds that a picture takes, compared with the first recipe, against
the share of classes that the other networks have among their first five.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from machine import RESULTS, ROOT

WIDTH, HEIGHT = 820, 420
LEFT, RIGHT, TOP, BOTTOM = 56, 600, 24, 372
JUDGES = {"mobilenet_v2": "#b3541e", "squeezenet1_0": "#1e6fb3"}
"""Colours of the points, by judge; the first one's points are labelled."""
PRESETS = ("draft", "standard", "publication")


def drawn(found: Mapping[str, Any]) -> str:
    """The chart as SVG."""
    rows = {name: row for name, row in found["rows"].items() if row["seconds_a_picture"]}
    first = next(iter(rows.values()))["seconds_a_picture"]
    times = {name: row["seconds_a_picture"] / first for name, row in rows.items()}
    low, high = min(times.values()) / 1.3, max(times.values()) * 1.3
    parts = [*axes(low, high)]
    taken: list[tuple[float, float]] = []
    for judge, colour in JUDGES.items():
        for number, (name, row) in enumerate(rows.items(), start=1):
            x = across(times[name], low, high)
            y = up(row["judges"][judge]["top5"])
            parts.append(point(x, y, colour, name in PRESETS))
            if judge == next(iter(JUDGES)):
                parts.append(label(*beside(x, y, taken), str(number)))
    for number, name in enumerate(rows, start=1):
        parts.append(label(RIGHT + 10, TOP + 40 + 18 * number, f"{number}  {name}"))
    body = Markup("\n").join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12" fill="#333" '
        'role="img" aria-label="Transfer by recipe, against the time that a picture takes">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n{body}\n</svg>\n'
    )


def beside(x: float, y: float, taken: list[tuple[float, float]]) -> tuple[float, float]:
    """A place for a number beside a point, below those that are there; it is added to ``taken``."""
    place = x + 8, y + 4
    while any(abs(place[0] - a) < 16 and abs(place[1] - b) < 11 for a, b in taken):
        place = place[0], place[1] + 11
    taken.append(place)
    return place


def across(times: float, low: float, high: float) -> float:
    """Where a time is drawn, on a logarithmic scale."""
    return LEFT + (RIGHT - LEFT) * math.log(times / low) / math.log(high / low)


def up(share: float) -> float:
    """Where a share is drawn."""
    return BOTTOM - (BOTTOM - TOP) * share


def axes(low: float, high: float) -> Iterator[Markup]:
    """Lines and labels of both axes, and the legend."""
    for percent in range(0, 101, 20):
        y = up(percent / 100)
        yield Markup(f'<path d="M{LEFT} {y:.0f}H{RIGHT}" stroke="#ddd"/>')
        yield label(LEFT - 8, y + 4, f"{percent} %", "end")
    for times in (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64):
        if low < times < high:
            x = across(times, low, high)
            yield Markup(f'<path d="M{x:.0f} {TOP}V{BOTTOM}" stroke="#eee"/>')
            yield label(x, BOTTOM + 16, f"{times:g} ×", "middle")
    yield label((LEFT + RIGHT) / 2, HEIGHT - 8, "time a picture, compared with before", "middle")
    for place, (judge, colour) in enumerate(JUDGES.items()):
        yield point(RIGHT + 16, TOP + 16 * place, colour, False)
        yield label(RIGHT + 24, TOP + 4 + 16 * place, f"{judge}, first five")


def point(x: float, y: float, colour: str, filled: bool) -> Markup:
    """A dot; presets are filled."""
    fill = colour if filled else "#fff"
    return Markup(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{fill}" stroke="{colour}" '
        'stroke-width="2"/>'
    )


def label(x: float, y: float, text: str, anchor: str = "start") -> Markup:
    """A text."""
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        x, y, anchor, text
    )


def main() -> None:
    """Draw the pictures of SqueezeNet 1.1."""
    found = json.loads((RESULTS / "recipes.json").read_text(encoding="utf-8"))
    chart = drawn(found["classes"]["squeezenet1_1"])
    (ROOT / "docs" / "images" / "recipes.svg").write_text(chart, encoding="utf-8")


if __name__ == "__main__":
    main()
