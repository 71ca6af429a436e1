"""Bars whose length is a class."""

from __future__ import annotations

import pytest

from convatlas.ui.charts.bar import bar


@pytest.mark.parametrize(
    ("share", "told"),
    [(0, "00"), (0.004, "00"), (0.072, "07"), (0.695, "70"), (1, "99"), (1.2, "99"), (-0.3, "00")],
)
def test_a_bar_has_two_digits(share: float, told: str) -> None:
    assert bar(share) == told
