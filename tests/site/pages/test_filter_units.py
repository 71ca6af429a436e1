"""The sentence at the top of a filter's page, put together from all lenses."""

from __future__ import annotations

from typing import Any

import pytest

from convatlas.site.pages.filter_units import lede


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
    text = lede(subject(examples=examples("a<b", "dog", "a<b", None, "cat", "owl")), LAYER)
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
    assert text in lede(subject(examples=examples("dog", **numbers)), LAYER)


def test_the_lede_compares_the_made_picture_with_the_images() -> None:
    made = {"positive": picture(47.0, 4.7)}
    text = lede(subject(examples=examples("dog"), maximize=made), LAYER)
    assert "<b>4.7 times</b> as much as the strongest of 1,000 images" in text


def test_where_there_is_no_ratio_both_numbers_are_told() -> None:
    made = {"positive": picture(5.0, None)}
    text = lede(subject(examples=examples("dog", highest=-1.5), maximize=made), LAYER)
    assert "reaches <b>5</b>; the strongest of 1,000 images reaches −1.5" in text
    assert lede(subject(maximize=made), LAYER).endswith("reaches <b>5</b>.")


@pytest.mark.parametrize(
    ("changes", "layer", "part"),
    [
        (
            {"dead": True, "examples": examples(highest=-0.5)},
            True,
            "above zero (the highest is −0.5)",
        ),
        ({"dead": True, "examples": examples(highest=-2.0)}, True, "answers −2 to each of 1,000"),
        ({"dead": True}, True, "nothing that was tried excites it"),
        ({}, False, "never reaches"),
        ({}, True, "Neither images nor made pictures"),
        ({"examples": examples(None)}, True, "brings its response to <b>10</b>"),
    ],
)
def test_every_state_has_its_sentence(changes: dict[str, Any], layer: bool, part: str) -> None:
    assert part in lede(subject(**changes), {"reached": layer})


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
    assert text in lede(found, LAYER)
