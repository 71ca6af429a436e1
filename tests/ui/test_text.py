from __future__ import annotations

import math
from typing import Any

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
    assert words.quantile(0.33, drawn=True) == "drawn at random, 33rd percentile"
    assert words.quantile(1.0, drawn=True) == "drawn at random, highest"


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


def examples(
    *labels: str | None, highest: float = 10.0, median: float = 3.0, share: float = 0.62
) -> dict[str, Any]:
    return {
        "top": [{"label": label} for label in labels],
        "bounds": {"highest": highest, "lowest": -2.0},
        "images": 1000,
        "percentiles": {"50": median},
        "share_images": share,
    }


def subject(**changes: Any) -> dict[str, Any]:
    return {"dead": False, "maximize": None, "examples": None, "kernels": None, **changes}


def picture(response: float, ratio: float | None, **changes: Any) -> dict[str, Any]:
    verdict = {"passed": ratio is None or ratio > 1, "flat": False, "attempts": 1}
    return {"response": response, "ratio": ratio, **verdict, **changes}


LAYER = {"reached": True}


def test_the_lede_names_each_label_once_and_escapes_it() -> None:
    text = words.lede(subject(examples=examples("a<b", "dog", "a<b", None, "cat", "owl")), LAYER)
    assert text == (
        "Answers most to images of <b>a&lt;b</b>, <b>dog</b> and <b>cat</b>; a typical image "
        "brings it to <b>0.3</b> of its highest."
    )


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        (
            {"median": 6.0, "share": 0.97},
            "Answers to nearly everything, most to images of <b>dog</b>; a typical image brings it "
            "to <b>0.6</b> of its highest.",
        ),
        ({"median": 6.0, "share": 0.8}, "Answers most to images of <b>dog</b>; a typical"),
        ({"median": 4.0, "share": 0.97}, "Answers most to images of <b>dog</b>; a typical"),
        ({"median": 0.4}, "brings it to only <b>0.04</b> of its highest."),
        ({"median": -1.0}, "; a typical image leaves it below zero."),
        (
            {"median": -1.0, "share": 0.04},
            "; only <b>4\u00a0%</b> of all images bring it above zero.",
        ),
        ({"highest": -0.5, "median": -1.0, "share": 0.0}, "images of <b>dog</b>."),
    ],
)
def test_the_lede_tells_how_typical_the_strongest_images_are(
    numbers: dict[str, Any], text: str
) -> None:
    assert text in words.lede(subject(examples=examples("dog", **numbers)), LAYER)


def test_the_lede_compares_the_made_picture_with_the_images() -> None:
    made = {"positive": picture(47.0, 4.7)}
    text = words.lede(subject(examples=examples("dog"), maximize=made), LAYER)
    assert "<b>4.7 times</b> as much as the strongest of 1,000 images" in text


def test_where_there_is_no_ratio_both_numbers_are_told() -> None:
    made = {"positive": picture(5.0, None)}
    text = words.lede(subject(examples=examples("dog", highest=-1.5), maximize=made), LAYER)
    assert "reaches <b>5</b>; the strongest of 1,000 images reaches −1.5" in text
    assert words.lede(subject(maximize=made), LAYER).endswith("reaches <b>5</b>.")


@pytest.mark.parametrize(
    ("changes", "layer", "part"),
    [
        (
            {"dead": True, "examples": examples(highest=-0.5)},
            True,
            "above zero (the highest is −0.5)",
        ),
        ({"dead": True, "examples": examples(highest=-2.0)}, True, "answers −2 to each of 1,000"),
        ({"dead": True}, True, "<b>dead</b>"),
        ({}, False, "never reaches"),
        ({}, True, "Neither images nor made pictures"),
        ({"examples": examples(None)}, True, "brings its response to <b>10</b>"),
    ],
)
def test_every_state_has_its_sentence(changes: dict[str, Any], layer: bool, part: str) -> None:
    assert part in words.lede(subject(**changes), {"reached": layer})


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (
            picture(8.0, 0.8, attempts=4),
            "The picture made for it, the best of 4 attempts, excites it only <b>0.8 times</b> as",
        ),
        (picture(8.0, 0.8), "The picture made for it, the only attempt, excites it only"),
        (
            picture(12.0, 1.2, attempts=4, passed=False, flat=True),
            "the best of 4 attempts, is flat and excites it <b>1.2 times</b> as much",
        ),
        (
            picture(-3.0, None, attempts=4, passed=False),
            "the best of 4 attempts, reaches only <b>−3</b>; the strongest of 1,000 images",
        ),
    ],
)
def test_the_lede_tells_of_a_picture_that_fails(made: dict[str, Any], text: str) -> None:
    found = subject(examples=examples("dog"), maximize={"positive": made})
    assert text in words.lede(found, LAYER)


def test_what_fails_is_told_beside_the_picture() -> None:
    assert words.failing(picture(20.0, 2.0)) == ""
    assert words.failing(picture(20.0, None, passed=None)) == ""
    four = picture(8.0, 0.8, attempts=4)
    assert words.failing(four) == "the best of 4 attempts; does not beat the strongest image"
    assert words.failing(picture(-1.0, 0.5), "lowest") == "does not beat the lowest image"
    assert words.failing(picture(20.0, 2.0, flat=True, passed=False)) == "the picture is flat"


def test_what_was_tried_at_a_dead_filter_is_told() -> None:
    assert words.tried(None) == "Nothing excites this filter."
    dead = {"positive": picture(-0.25, None, attempts=4, passed=False)}
    told = "Nothing excites this filter: the best of 4 attempts at a picture reaches −0.25."
    assert words.tried(dead) == told


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (2.04, "2"),
        (1.04, "1.04"),
        (0.996, "0.996"),
        (1.0003, "1"),
        (0.9996, "0.9996"),
        (1.0, "1"),
    ],
)
def test_a_ratio_tells_on_which_side_of_one_it_is(ratio: float, text: str) -> None:
    told = words.compared(picture(8.0, ratio), examples("dog"))
    assert told == f"{text} times the strongest of 1,000 images"
