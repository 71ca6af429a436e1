from __future__ import annotations

import math

import pytest

from convatlas.ui import text as words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (268.4, "268"),
        (4.6999, "4.7"),
        (0.06666, "0.0667"),
        (0.9996, "1"),
        (-3.25, "−3.25"),
        (12345.6, "12,300"),
        (1e-7, "nearly 0"),
        (0.0, "0"),
        (-0.0, "0"),
        (100.0, "100"),
        (math.inf, "not finite"),
        (1e20, "beyond 10¹⁵"),
        (None, "unknown"),
    ],
)
def test_numbers_for_readers(value: float | None, text: str) -> None:
    assert words.number(value) == text


def test_counts_and_sides() -> None:
    assert words.count(26560) == "26,560"
    assert words.amount(1_235_496) == "1.24 million"
    assert words.plural(1, "layer") == "1 layer"
    assert words.plural(0, "layer") == "0 layers"
    assert words.sides([3, 5]) == "3\u00a0×\u00a05"
    assert words.sides(None) == "the whole image"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (None, "none"),
        (1e-05, "1e-5"),
        ([1, 2.5], "1, 2.5"),
        ({"shift": 8, "scale": 0.05}, "shift 8, scale 0.05"),
        ("<b>", "<b>"),
    ],
)
def test_settings_on_one_line(value: object, text: str) -> None:
    assert words.setting(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (0.0004, "less than 0.1 %"),
        (0.0431, "4.3 %"),
        (0.62, "62 %"),
        (0.998, "99.8 %"),
        (0.9999, "more than 99.9 %"),
        (1.0, "100 %"),
    ],
)
def test_shares_never_round_to_nothing_or_to_all(share: float, text: str) -> None:
    assert words.percent(share) == text.replace(" %", "\u00a0%")


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (1.0, "highest"),
        (0.999, "99.9th percentile"),
        (0.99, "99th percentile"),
        (0.9997, "99.9th percentile"),
        (0.5, "50th percentile"),
        (0.214, "21st percentile"),
        (0.12, "12th percentile"),
        (0.0, "0th percentile"),
    ],
)
def test_places_in_the_set(share: float, text: str) -> None:
    assert words.quantile(share) == text


def test_what_was_drawn_at_random_is_told() -> None:
    assert words.quantile(0.33, drawn=True) == "random, 33rd percentile"
    assert words.quantile(1.0, drawn=True) == "random, highest"


@pytest.mark.parametrize(
    ("indices", "text"),
    [
        ([], ""),
        ([3], "Its filter is unit 11 of a, 3 of a.b."),
        ([0, 1, 2], "Its filters are units 8 to 10 of a, 0 to 2 of a.b."),
        ([0, 5], "Its filters are among units 8 to 13 of a, 0 to 5 of a.b."),
    ],
)
def test_units_of_the_filters_that_are_shown(indices: list[int], text: str) -> None:
    wholes = [{"module": "a", "first": 8}, {"module": "a.b", "first": 0}]
    filters = [{"index": index} for index in indices]
    assert words.units({"filters": filters, "units": wholes}) == text
    assert words.units({"filters": filters, "units": []}) == ""
