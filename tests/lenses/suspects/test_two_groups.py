"""Whether the images of a class fall into two groups by what filters do for them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from convatlas.lenses.suspects.two_groups import two_groups

Floats = np.ndarray
FILTERS = 24


def two(random: np.random.Generator, first: int, second: int, strength: float = 5) -> Floats:
    """Images, three filters of which do much for the first ones, and three for the others."""
    effects = random.exponential(size=(first + second, FILTERS))
    effects[:first, :3] += strength
    effects[first:, 3:6] += strength
    return effects


def test_two_groups_are_found_the_larger_one_first() -> None:
    groups = two_groups(two(np.random.default_rng(0), 8, 20))
    assert groups == [1] * 8 + [0] * 20


def test_the_order_of_images_and_filters_does_not_matter() -> None:
    random = np.random.default_rng(1)
    effects, rows = two(random, 20, 12), random.permutation(32)
    groups = two_groups(effects[rows][:, random.permutation(FILTERS)])
    assert groups == [int(row >= 20) for row in rows]


def test_how_much_is_done_for_an_image_as_a_whole_does_not_matter() -> None:
    random = np.random.default_rng(2)
    effects = two(random, 20, 12)
    assert two_groups(effects * random.uniform(0.5, 20, (32, 1))) == two_groups(effects)


ONE_KIND: dict[str, Callable[[np.random.Generator], Floats]] = {
    "noise": lambda random: random.normal(size=(24, FILTERS)),
    "skewed": lambda random: random.exponential(size=(24, FILTERS)),
    "one strong filter": lambda random: (
        random.exponential(size=(24, FILTERS)) * ([5] + [0.5] * (FILTERS - 1))
    ),
    "one gradual trait": lambda random: (
        0.3 * random.random((24, FILTERS))
        + random.random((24, 1)) * random.random(FILTERS)
        + random.random(FILTERS)
    ),
    "few images": lambda random: two(random, 5, 5),
    "one odd image": lambda random: two(random, 23, 1),
}


@pytest.mark.parametrize("kind", ONE_KIND)
def test_images_of_one_kind_are_hardly_ever_split(kind: str) -> None:
    split = [two_groups(ONE_KIND[kind](np.random.default_rng(seed))) for seed in range(25)]
    assert sum(groups is not None for groups in split) <= 1


def test_nothing_is_told_where_filters_do_nothing_or_no_number() -> None:
    assert two_groups(np.zeros((24, FILTERS))) is None
    effects = two(np.random.default_rng(0), 12, 12)
    effects[3, 2] = np.nan
    assert two_groups(effects) is None
