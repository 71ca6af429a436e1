"""Ratio, gate, best attempt, dead: from numbers alone."""

from __future__ import annotations

import pytest

from convatlas.model import scores


def attempt(response: float | None, flat: bool = False) -> dict:
    return {"response": response, "flat": flat}


def seen(lowest: float, highest: float) -> dict:
    return {"bounds": {"highest": highest, "lowest": lowest}}


@pytest.mark.parametrize(
    ("response", "direction", "examples", "expected"),
    [
        (6.0, "positive", seen(-1, 2), 3.0),
        (6.0, "positive", seen(-3, -2), None),
        (6.0, "positive", None, None),
        (-6.0, "negative", seen(-2, 5), 3.0),
        (-6.0, "negative", seen(0, 5), None),
        (6.0, "negative", seen(-2, 5), -3.0),
    ],
)
def test_ratio(response, direction, examples, expected) -> None:
    assert scores.ratio(response, direction, examples) == expected


@pytest.mark.parametrize(
    ("made", "direction", "examples", "expected"),
    [
        (attempt(3), "positive", seen(-1, 2), True),
        (attempt(2), "positive", seen(-1, 2), False),
        (attempt(3, flat=True), "positive", seen(-1, 2), False),
        (attempt(None), "positive", seen(-1, 2), False),
        (attempt(-1), "positive", seen(-3, -2), True),
        (attempt(-3), "negative", seen(-2, 2), True),
        (attempt(-1), "negative", seen(-2, 2), False),
        (attempt(0.1), "positive", None, True),
    ],
)
def test_the_gate(made, direction, examples, expected) -> None:
    assert scores.passes(made, direction, examples) is expected


def test_the_best_attempt_is_the_strongest_that_shows_something() -> None:
    made = [attempt(1), attempt(9, flat=True), attempt(4), attempt(None)]
    assert scores.best(made, "positive") == 2
    assert scores.best(made, "negative") == 0
    assert scores.best([attempt(1, flat=True)], "positive") == 0


@pytest.mark.parametrize(
    ("rectified", "examples", "attempts", "expected"),
    [
        (True, None, [attempt(-1)], None),
        (False, seen(2, 2), [attempt(2)], True),
        (True, seen(-2, -1), [attempt(-0.5)], True),
        (True, seen(-2, -1), [attempt(-0.5), attempt(0.1)], False),
        (False, seen(-2, -1), [attempt(-0.5)], False),
        (True, seen(-2, 1), [], False),
    ],
)
def test_dead(rectified, examples, attempts, expected) -> None:
    assert scores.dead(rectified, examples, attempts) is expected
