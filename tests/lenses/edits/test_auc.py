"""How well filters tell edited images from plain ones, against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import mannwhitneyu

from convatlas.lenses.edits.auc import auc


def test_it_is_the_statistic_of_mann_and_whitney() -> None:
    random = np.random.default_rng(0)
    plain = random.normal(size=(7, 40))
    edited = plain + random.normal(size=(7, 40)) * 0.5 + np.linspace(-1, 2, 7)[:, None]
    plain[3:5], edited[3:5] = plain[3:5].round(), edited[3:5].round()  # many ties
    expected = [
        mannwhitneyu(after, before).statistic / 1600
        for before, after in zip(plain, edited, strict=True)
    ]
    found = auc(torch.from_numpy(plain), torch.from_numpy(edited))
    assert found.tolist() == pytest.approx(expected, abs=1e-12)


def test_what_float32_cannot_tell_apart_is_a_tie() -> None:
    random = np.random.default_rng(1)
    plain = torch.from_numpy(random.normal(size=(3, 30)) + 5)
    noise = torch.from_numpy(random.normal(size=(3, 30)) * 1e-6)
    assert auc(plain, plain + noise).tolist() == [0.5] * 3
    assert auc(plain, plain + 20).tolist() == [1] * 3
    assert auc(plain, plain - 20).tolist() == [0] * 3


def test_a_filter_that_never_answers_notices_nothing() -> None:
    assert auc(torch.zeros(1, 5).double(), torch.zeros(1, 5).double()).tolist() == [0.5]
