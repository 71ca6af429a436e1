"""Numbers of plain and edited responses, against NumPy and filters whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from convatlas.lenses.edits.comparing import change, colour_index, invariance, told, twins

RANDOM = np.random.default_rng(2)
PLAIN = RANDOM.normal(size=(4, 50))
EDITED = PLAIN * [[1], [-1], [0.5], [0]] + RANDOM.normal(size=(4, 50)) * [[0], [0.1], [2], [0]]
BEFORE, AFTER = torch.from_numpy(PLAIN), torch.from_numpy(EDITED)


def test_changes_are_in_standard_deviations_of_plain_responses() -> None:
    expected = (EDITED - PLAIN).mean(1) / PLAIN.std(1)
    assert change(BEFORE, AFTER).tolist() == pytest.approx(expected.tolist())
    assert told(change(torch.ones(1, 5).double(), torch.rand(1, 5).double())) == [None]


def test_invariance_is_a_correlation() -> None:
    found = invariance(BEFORE, AFTER)
    expected = [np.corrcoef(PLAIN[n], EDITED[n])[0, 1] for n in range(3)]
    assert found[:3].tolist() == pytest.approx(expected)
    assert told(found)[0] == 1
    assert told(found)[3] is None


def test_a_twin_is_the_filter_that_answers_to_the_edit_as_one_does_without() -> None:
    same = BEFORE[0] * 3 + 1
    before = torch.stack([BEFORE[0], BEFORE[1], BEFORE[2], same, BEFORE[3]])
    after = torch.stack([BEFORE[1], BEFORE[0], BEFORE[2], BEFORE[1] * 2, EDITED_NOISE])
    # 0 and 3 are the same filter, and turn into 1; 2 does not change; 4 turns into none
    assert list(twins(before, after)) == [(1, 1.0), (0, 1.0), None, (1, 1.0), None]


EDITED_NOISE = torch.from_numpy(RANDOM.normal(size=50))


def test_an_edit_that_changes_nothing_makes_no_twins() -> None:
    before = torch.stack([BEFORE[0], BEFORE[0] * 2, BEFORE[1]])
    assert list(twins(before, before)) == [None, None, None]


def test_the_colour_index_goes_by_the_strongest_images() -> None:
    strongest = np.argsort(-PLAIN, axis=1)[:, :10]
    coloured = np.take_along_axis(PLAIN, strongest, 1).clip(0).sum(1)
    grey = np.take_along_axis(EDITED, strongest, 1).clip(0).sum(1)
    assert colour_index(BEFORE, AFTER).tolist() == pytest.approx((1 - grey / coloured).tolist())
    assert colour_index(BEFORE, BEFORE).tolist() == [0] * 4
    assert told(colour_index(-BEFORE.abs(), AFTER)) == [None] * 4
