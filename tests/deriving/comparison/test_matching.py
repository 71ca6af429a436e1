"""Pairs of filters: by index, and by correlation against all assignments there are."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from convatlas.deriving.comparison.matching import aligned, by_correlation, by_index


def test_by_index_pairs_what_both_have() -> None:
    found = by_index([0, 2, 5], [0, 1, 5])
    assert found.pairs == [(0, 0), (5, 5)]
    assert found.mutual is None


@given(st.integers(0, 50), st.integers(1, 5), st.integers(1, 5))
def test_the_sum_of_correlations_is_the_largest_of_all(seed: int, rows: int, columns: int) -> None:
    values = np.random.default_rng(seed).uniform(-1, 1, (rows, columns))
    found = by_correlation(range(rows), range(columns), values)
    total = sum(values[pair] for pair in found.pairs)
    wide = values if rows <= columns else values.T
    others = permutations(range(wide.shape[1]), wide.shape[0])
    best = max(wide[range(wide.shape[0]), other].sum() for other in others)
    assert len(found.pairs) == min(rows, columns)
    assert abs(total - best) < 1e-9


def test_pairs_bear_the_filters_indices_and_tell_whose_nearest_they_are() -> None:
    values = np.array([[0.9, 0.8], [0.85, 0.1]])
    found = by_correlation([3, 7], [20, 21], values)
    assert found.pairs == [(3, 21), (7, 20)]
    assert found.mutual == [False, False]
    same = by_correlation([3, 7], [20, 21], np.array([[0.2, 0.8], [0.9, 0.1]]))
    assert same.mutual == [True, True]


def test_constant_filters_are_paired_with_each_other() -> None:
    values = np.array([[np.nan, np.nan], [0.7, np.nan]])
    assert by_correlation([0, 1], [0, 1], values).pairs == [(0, 1), (1, 0)]


@given(st.integers(0, 200), st.integers(0, 4), st.integers(0, 4))
def test_layers_are_aligned_so_that_no_other_alignment_has_a_larger_sum(
    seed: int, rows: int, columns: int
) -> None:
    values = np.random.default_rng(seed).uniform(-0.2, 1, (rows, columns))
    found = [(row, column) for row, column in enumerate(aligned(values)) if column is not None]
    assert [column for _, column in found] == sorted({column for _, column in found})
    alignments = (
        zip(own, other, strict=True)
        for count in range(min(rows, columns) + 1)
        for own in combinations(range(rows), count)
        for other in combinations(range(columns), count)
    )
    best = max(sum(values[pair] for pair in pairs) for pairs in alignments)
    assert abs(sum(values[pair] for pair in found) - best) < 1e-9


def test_a_layer_like_several_is_the_partner_of_one() -> None:
    values = np.array([[0.9, 0.7], [0.95, 0.8], [np.nan, np.nan]])
    assert aligned(values) == [0, 1, None]
