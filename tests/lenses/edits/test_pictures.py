"""The window in which an edit changes most."""

from __future__ import annotations

import numpy as np
import pytest

from convatlas.lenses.edits.pictures import SIDE, changing_most


@pytest.mark.parametrize("size", [(100, 140), (30, 200), (SIDE, SIDE), (8, 9)])
def test_it_is_the_first_with_the_largest_sum_of_changes(size: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    plain, edited = random.integers(0, 256, (2, *size, 3), dtype=np.uint8)
    left, top, width, height = changing_most(plain, edited)
    assert (height, width) == (min(SIDE, size[0]), min(SIDE, size[1]))
    change = np.abs(plain.astype(int) - edited).sum(2)
    sums = {
        (row, column): change[row : row + height, column : column + width].sum()
        for row in range(size[0] - height + 1)
        for column in range(size[1] - width + 1)
    }
    assert max(sums, key=lambda place: sums[place]) == (top, left)


def test_a_mark_is_shown_and_without_change_the_corner() -> None:
    plain = np.zeros((200, 200, 1), np.uint8)
    edited = plain.copy()
    edited[150:160, 20:50] = 9
    left, top, width, height = changing_most(plain, edited)
    assert left <= 20 and left + width >= 50
    assert top <= 150 and top + height >= 160
    assert changing_most(plain, plain) == (0, 0, SIDE, SIDE)
