"""Debiased linear CKA, against the formula over n x n matrices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from convatlas.deriving.comparison.cka import cka, hsic

Floats = NDArray[np.float64]


def by_the_formula(before: Floats, after: Floats) -> float:
    """Equation 3 of Nguyen et al., term by term."""
    own, other = before @ before.T, after @ after.T
    np.fill_diagonal(own, 0)
    np.fill_diagonal(other, 0)
    n, ones = len(own), np.ones(len(own))
    trace = sum(own[i, j] * other[j, i] for i in range(n) for j in range(n))
    total = (ones @ own @ ones) * (ones @ other @ ones) / ((n - 1) * (n - 2))
    common = 2 / (n - 2) * (ones @ own @ other @ ones)
    return float((trace + total - common) / (n * (n - 3)))


def noise(seed: int, images: int, features: int) -> Floats:
    return np.random.default_rng(seed).standard_normal((images, features))


@given(st.integers(0, 9), st.integers(4, 12), st.integers(1, 7), st.integers(1, 7))
def test_it_is_the_formula(seed: int, images: int, features: int, others: int) -> None:
    before, after = noise(seed, images, features), noise(seed + 1, images, others) + 3
    assert hsic(before, after) == pytest.approx(by_the_formula(before, after), abs=1e-9)


def test_turned_and_scaled_features_are_the_same() -> None:
    before = noise(0, 200, 30) * np.linspace(0.1, 3, 30)
    turn, _ = np.linalg.qr(noise(1, 30, 30))
    assert cka(before, 7 * before @ turn + 2) == pytest.approx(1, abs=1e-3)
    assert cka(before, before) == 1


def test_independent_noise_is_nothing_even_with_few_images() -> None:
    found = [cka(noise(seed, 24, 60), noise(seed + 100, 24, 60)) for seed in range(40)]
    assert abs(float(np.mean([value for value in found if value is not None]))) < 0.02


def test_some_of_the_same_is_between() -> None:
    before, after = noise(0, 300, 20), noise(1, 300, 20)
    assert 0.2 < (cka(before, before + after) or 0) < 0.8


def test_what_cannot_be_known_is_none() -> None:
    assert cka(noise(0, 3, 5), noise(1, 3, 5)) is None
    assert cka(np.ones((9, 5)), noise(1, 9, 5)) is None
    assert cka(np.full((9, 5), np.nan), noise(1, 9, 5)) is None
