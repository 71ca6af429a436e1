"""A mark that gives a class away is found, and a filter that carries it; a clean twin has none.

``benchmarks/planted_shortcut.py`` does the same with ten networks of each kind and all edits.
"""

from __future__ import annotations

import pytest

from convatlas.demo.drawings import TRAINING
from convatlas.demo.fit import Schedule
from support.planted import MARK, Found, Pictures, examined, trained

SCHEDULE = Schedule(epochs=7, batch=16, rate=0.06)
STAR = 0


def found(seed: int, marked: int | None) -> Found:
    net = trained(Pictures(40, TRAINING, marked), seed, SCHEDULE)
    return examined(net, ("high-pass", "border"), 8)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_mark_is_named_first_and_a_filter_that_carries_it(seed: int) -> None:
    planted = found(seed, STAR)
    assert planted.suspects == [MARK]
    assert planted.edits[0][:2] == (MARK, STAR)
    assert planted.notices
    assert planted.undone >= 0.5


def test_nothing_of_a_clean_twin_is_suspected() -> None:
    assert found(1, None).suspects == []
