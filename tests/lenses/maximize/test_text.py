"""Captions of optimised pictures."""

from __future__ import annotations

from typing import Any

import pytest

from convatlas.lenses.maximize import text as captions

EXAMPLES: dict[str, Any] = {"images": 1000, "bounds": {"highest": 10.0, "lowest": -2.0}}


def picture(response: float, ratio: float | None, **changes: Any) -> dict[str, Any]:
    verdict = {"passed": ratio is None or ratio > 1, "flat": False, "attempts": 1}
    return {"response": response, "ratio": ratio, **verdict, **changes}


def test_what_fails_is_told_beside_the_picture() -> None:
    assert captions.failing(picture(20.0, 2.0)) == ""
    assert captions.failing(picture(20.0, None, passed=None)) == ""
    four = captions.failing(picture(8.0, 0.8), tries=4)
    assert four == "the best of 4 attempts; does not beat the strongest image"
    assert captions.failing(picture(-1.0, 0.5), "lowest") == "does not beat the lowest image"
    assert captions.failing(picture(20.0, 2.0, flat=True, passed=False)) == "the picture is flat"


def test_what_was_tried_at_a_dead_filter_is_told() -> None:
    assert captions.tried(None) == "Nothing excites this filter."
    dead = {"positive": picture(-0.25, None, attempts=4, passed=False)}
    told = "Nothing excites this filter: the best of 4 attempts at a picture reaches −0.25."
    assert captions.tried(dead) == told


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
    told = captions.compared(picture(8.0, ratio), EXAMPLES)
    assert told == f"{text} times the strongest of 1,000 images"
