"""Bars, marks and labels of a histogram, and what is not drawn."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convatlas.ui.charts.histogram import BELOW, MARGIN, TOP, WIDTH, Histogram, histogram

RIGHT = WIDTH - MARGIN


def drawn(edges: list[float], counts: list[int], **options: Any) -> Histogram:
    found = histogram({"edges": edges, "counts": counts}, 80, "the response", **options)
    assert found is not None
    return found


def outline(found: Histogram) -> list[tuple[int, int]]:
    """The corners of all bars, from left to right."""
    x, y = map(int, re.findall(r"^M(\d+) (\d+)", found.bars)[0])
    corners = [(x, y)]
    for kind, number in re.findall(r"([hvHV])(-?\d+)", found.bars):
        along, start = kind in "hH", 0 if kind.isupper() else x if kind in "h" else y
        x, y = (start + int(number), y) if along else (x, start + int(number))
        corners.append((x, y))
    return corners


def texts(found: Histogram) -> dict[str, int]:
    return {label.text: label.x for label in found.labels}


def test_bars_stand_on_the_axis_as_high_as_their_counts() -> None:
    found = drawn([0, 1, 2, 3, 4], [4, 2, 2, 0])
    assert (found.base, found.height) == (TOP + 80, TOP + 80 + BELOW)
    assert outline(found)[1:-1] == [
        *((8, 88), (8, TOP), (124, TOP), (124, 48), (356, 48), (356, 88)),
        (RIGHT, 88),
    ]


def test_what_was_counted_once_among_many_is_seen() -> None:
    assert (RIGHT, 87) in outline(drawn([0, 1, 2], [100_000, 1]))


def test_zero_is_marked_where_it_is() -> None:
    assert drawn([-1, 0, 1], [1, 1]).zero == WIDTH // 2
    assert texts(drawn([-1, 0, 1], [1, 1])) == {"0": WIDTH // 2, "−1": MARGIN, "1": RIGHT}
    assert texts(drawn([-0.1, 0.5, 1], [1, 1])) == {"0": 50, "1": RIGHT}  # -0.1 would touch it
    assert texts(drawn([0, 1, 2], [1, 1])) == {"0": MARGIN, "2": RIGHT}
    away = drawn([1, 2, 3], [1, 1])
    assert away.zero is None
    assert texts(away) == {"1": MARGIN, "3": RIGHT}


def test_marks_are_points_and_lines_below_the_axis() -> None:
    found = drawn([0, 5, 10], [1, 1], marks=[10, 5, 5], others=[0, 20])
    assert found.marks == f"M{RIGHT} 96h0M240 96h0"
    assert found.others == f"M{MARGIN} 92v8M{RIGHT} 92v8"  # what lies outside stands at the end


def test_it_is_told_in_words_and_numbers() -> None:
    alt = drawn([-1, 0.5, 2], [3, 1]).alt
    assert alt == "Histogram of the response, from −1 to 2: most, 75 %, lie between −1 and 0.5"


@pytest.mark.parametrize(
    "data", [None, {"edges": [2.0, 2.0], "counts": [5]}, {"edges": [0.0, 1.0], "counts": [0]}]
)
def test_where_there_is_nothing_to_tell_nothing_is_drawn(data: Any) -> None:
    assert histogram(data, 80, "the response") is None


@given(
    st.lists(st.floats(-1e9, 1e9, width=32), min_size=2, max_size=40, unique=True).map(sorted),
    st.data(),
)
def test_everything_stays_inside(edges: list[float], data: st.DataObject) -> None:
    size = len(edges) - 1
    counts = data.draw(st.lists(st.integers(0, 10**6), min_size=size, max_size=size))
    found = histogram({"edges": edges, "counts": counts}, 80, "x", edges, edges)
    if found is None:
        assert not any(counts)
        return
    below = [int(x) for x in re.findall(r"M(\d+)", found.marks + found.others)]
    across, down = [*below, *(x for x, _ in outline(found))], [y for _, y in outline(found)]
    assert all(MARGIN <= x <= RIGHT for x in across)
    assert all(TOP <= y <= found.base for y in down)
    assert TOP in down
