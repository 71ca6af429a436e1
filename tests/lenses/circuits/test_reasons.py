"""Strongest images that fall into two groups by what drives a filter there, and images that do not.

Where a filter has one reason, what it owes to its inputs is drawn at random; that of few images
always can be split somehow.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from convatlas.lenses.circuits.reasons import _best, two_reasons

Floats = NDArray[np.float64]

GROUPS = [0, 1, 1, 0, 0, 1, 0, 1, 0]


def planted(random: np.random.Generator, noise: float, inputs: int = 64) -> Floats:
    """Nine images that eight inputs drive, or eight others, with as much noise on all."""
    mixes = random.exponential(1, (2, inputs // 8))
    drops = noise * random.normal(0, 1, (len(GROUPS), inputs))
    for image, group in enumerate(GROUPS):
        places = slice(group * inputs // 8, (group + 1) * inputs // 8)
        drops[image, places] += mixes[group] * random.uniform(0.6, 1.4, inputs // 8)
    return drops


def share(count: int, drops: object) -> float:
    """The share of drawings that are told to have two reasons."""
    random = np.random.default_rng(0)
    return sum(two_reasons(drops(random)) is not None for _ in range(count)) / count  # type: ignore[operator]


@pytest.mark.parametrize("noise", [0, 0.1])
def test_two_planted_reasons_are_found(noise: float) -> None:
    random = np.random.default_rng(1)
    assert [two_reasons(planted(random, noise)) for _ in range(20)] == [GROUPS] * 20


def test_two_inputs_that_take_turns_are_two_reasons() -> None:
    drops = np.zeros((9, 2))
    for image, group in enumerate(GROUPS):
        drops[image] = [-0.2, -0.2]
        drops[image, group] = 1 + image / 10
    assert two_reasons(drops) == GROUPS


@pytest.mark.parametrize("inputs", [2, 3, 5, 64])
@pytest.mark.parametrize("images", [9, 12])
def test_one_reason_is_hardly_ever_taken_for_two(images: int, inputs: int) -> None:
    assert share(60, lambda random: random.normal(0.5, 1, (images, inputs))) <= 0.08
    assert share(60, lambda random: random.lognormal(0, 1.5, (images, inputs))) <= 0.08


def test_many_inputs_of_which_each_image_has_some_are_no_reasons() -> None:
    def some(random: np.random.Generator) -> Floats:
        drops: Floats = random.exponential(1, (9, 512)) * (random.random((9, 512)) < 0.05)
        return drops

    assert share(30, some) == 0


def test_the_same_leading_input_is_one_reason() -> None:
    drops = np.full((9, 3), 0.01)
    for image, group in enumerate(GROUPS):
        drops[image] = [0.6, -1.0, 0.0] if group else [0.6, 0.5, 0.3]
    assert two_reasons(drops) is None
    drops[:, 0] = 0
    drops[np.array(GROUPS) == 1, 0] = 0.6
    assert two_reasons(drops) == GROUPS


def test_groups_of_less_than_three_and_what_is_not_finite_are_left() -> None:
    drops = np.zeros((9, 2))
    drops[:7, 0], drops[7:, 1] = 1, 1
    assert two_reasons(drops) is None
    assert two_reasons(planted(np.random.default_rng(1), 0)[:5]) is None
    odd = planted(np.random.default_rng(1), 0)
    odd[3, 2] = np.nan
    assert two_reasons(odd) is None
    odd[3] = 0
    assert two_reasons(odd) is None


def test_the_best_split_is_that_of_brute_force() -> None:
    random = np.random.default_rng(2)
    vectors = random.normal(0, 1, (8, 5))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)

    def spread(second: tuple[int, ...]) -> float:
        first = [image for image in range(8) if image not in second]
        groups = (vectors[list(second)], vectors[first])
        return sum(float(((own - own.mean(0)) ** 2).sum()) for own in groups)

    splits = [part for size in (3, 4, 5) for part in combinations(range(1, 8), size)]
    best, _ = _best(vectors @ vectors.T)
    assert tuple(np.flatnonzero(best)) == min(splits, key=spread)
