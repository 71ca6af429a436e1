"""Bounds as they are written, told and kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from convatlas.config.bounds import Bound, holds, told
from convatlas.config.schema import Expect


@pytest.mark.parametrize(
    ("bound", "inside", "outside"),
    [
        (0, 0, 1),
        (0.5, 0.5, 0.25),
        (">= 0.9", 0.9, 0.89),
        ("<=3", 3, 4),
        (" > -1.5 ", -1, -1.5),
        ("< 1e-2", 0.009, 0.01),
        ("== 2", 2, 2.5),
        (">.5", 0.6, 0.5),
    ],
)
def test_a_bound_is_kept_on_one_side(bound: Bound, inside: float, outside: float) -> None:
    Expect(cka=bound)
    assert holds(bound, inside)
    assert not holds(bound, outside)


@pytest.mark.parametrize(
    ("bound", "expected"), [(0, "0"), (0.25, "0.25"), (">=0.90", ">= 0.90"), (" <  3 ", "< 3")]
)
def test_a_bound_is_told_as_it_is_written_but_for_blanks(bound: Bound, expected: str) -> None:
    assert told(bound) == expected


@pytest.mark.parametrize(
    "text", ["", "0.9", "=> 1", "= 1", ">= ", ">= 0,9", "about 3", ">= nan", "< 1e999", ">= 90 %"]
)
def test_what_is_no_comparison_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="expected a number or a comparison with one"):
        Expect(died=text)


@given(st.text())
def test_every_text_is_a_comparison_or_refused(text: str) -> None:
    try:
        bound = Expect(died=text).died
    except ValidationError:
        return
    assert bound is not None
    assert holds(bound, 0) in (True, False)
