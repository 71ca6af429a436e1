"""Numbers in two bytes each."""

from __future__ import annotations

import numpy as np
import pytest

from convatlas.lenses.parts.packed import packed, unpacked


@pytest.mark.parametrize("scale", [1e-200, 1e-9, 1, 3e7, 1e200])
def test_numbers_of_any_size_are_kept_to_three_digits(scale: float) -> None:
    numbers = np.random.default_rng(0).normal(size=(50, 8)) * scale
    blob, unit = packed(numbers)
    assert len(blob) == 2 * 50 * 8
    found = unpacked(blob, unit, 8)
    assert np.abs(found - numbers).max() <= 2**-11 * np.abs(numbers).max()
    large = np.abs(numbers) > np.abs(numbers).max() / 1000
    assert found[large] == pytest.approx(numbers[large], rel=2**-11)


@pytest.mark.parametrize("shape", [(0, 3), (4, 3)])
def test_nothing_stays_nothing(shape: tuple[int, int]) -> None:
    blob, unit = packed(np.zeros(shape))
    assert unit == 1
    assert np.array_equal(unpacked(blob, unit, 3), np.zeros(shape))
