"""Integers as text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from convatlas.lenses.circuits.vlq import decoded, encoded


def test_it_is_the_code_of_source_maps() -> None:
    assert encoded([0, 1, -1, 15, 16, -16, 123456789]) == "ACDegBhBqxmvrH"


@given(st.lists(st.integers(-(10**9), 10**9)))
def test_numbers_come_back(numbers: list[int]) -> None:
    assert list(decoded(encoded(numbers))) == numbers
