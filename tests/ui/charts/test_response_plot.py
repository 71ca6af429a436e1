"""The bars of a layer's responses, and the labels above them."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from convatlas.ui.charts.response_plot import APART, MOST, WIDTH, plot, spread


def heights(path: str) -> list[int]:
    """The places of the skyline, one for each filter."""
    first = re.match(r"M0 (\d+)", path)
    assert first
    y, places = int(first[1]), []
    for kind, number in re.findall(r"([hv])(-?\d+)", path):
        if kind == "v":
            y += int(number)
        else:
            places += [y] * int(number)
    return places


def test_bars_stand_for_responses_in_the_order_of_filters() -> None:
    values = [1.0, 1.0, 4.0, -2.0, 0.0, 3.0]
    drawn = plot(values, [2, 5], "Mean response", lambda index: f"{index}.html" if index else None)
    places = heights(drawn.bars)
    base = places[0]  # the median is 1
    unit = (base - places[2]) / 3
    assert [base - y for y in places] == pytest.approx([(v - 1) * unit for v in values], abs=0.6)
    assert drawn.median == "1"
    assert (min(places), max(places)) == (0, drawn.tall)
    assert [(mark.filter, mark.href) for mark in drawn.marks] == [(2, "2.html"), (5, "5.html")]
    assert drawn.first == f"M2 {base}V{places[2]}h1V{base}zM5 {base}V{places[5]}h1V{base}z"
    assert "that of filter 2" in drawn.alt


def test_a_layer_that_does_not_answer_has_a_plot() -> None:
    drawn = plot([0.0, 0.0], [0], "Mean response", lambda _: None)
    assert heights(drawn.bars) == [0, 0]
    assert drawn.range == "0 to 0"


@pytest.mark.parametrize("places", [[0, 1, 2], [640, 640], [300, 301, 302], list(range(0, 15))])
def test_labels_never_overlap_and_stay_inside(places: list[int]) -> None:
    moved = spread(places)
    assert all(b - a >= APART for a, b in pairwise(moved))
    assert moved[0] >= APART // 2
    assert moved[-1] <= WIDTH - APART // 2
    assert len(places) <= MOST


def test_labels_with_room_stay_above_their_bars() -> None:
    assert spread([100, 200, 400]) == [100, 200, 400]


def test_at_most_as_many_are_named_as_find_room() -> None:
    drawn = plot([float(n) for n in range(50)], list(range(49, -1, -1)), "Mean", lambda _: None)
    assert [mark.filter for mark in drawn.marks] == list(range(50 - MOST, 50))
    assert drawn.first.count("M") == 50


def test_the_strongest_rise_though_all_responses_are_negative() -> None:
    drawn = plot([-9.0, -1.0, -8.0, -10.0, -9.0], [1], "Mean response", lambda _: None)
    places = heights(drawn.bars)
    assert places[0] == places[4] == round(8 / 9 * drawn.tall)  # the median
    assert places[1] == 0
    assert places[3] == drawn.tall
