"""Which class an edit draws images into, and what looks like a shortcut."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from convatlas.lenses.edits.records import Drawn
from convatlas.lenses.edits.shortcuts import KEPT, STRONG, drawn, strength, suspected


def logits(classes: list[int]) -> Tensor:
    """Logits of four classes by which images are taken for these."""
    return torch.nn.functional.one_hot(torch.tensor(classes), 4).double()


def test_the_class_is_the_one_that_gets_the_largest_share_of_the_others() -> None:
    before = [0, 0, 0, 0, 1, 1, 2, 2]
    after = [0, 1, 1, 1, 1, 2, 2, 2]  # 3 of 6 into 1, 1 of 6 into 2
    assert drawn(logits(before), logits(after)) == {"into": 1, "share": 0.5, "kept": 0.5}


def test_a_class_that_no_image_was_taken_for_keeps_nothing() -> None:
    assert drawn(logits([0, 1, 2]), logits([3, 3, 2])) == {"into": 3, "share": pytest.approx(2 / 3)}


def test_an_edit_that_moves_no_image_draws_none() -> None:
    assert drawn(logits([0, 1, 2]), 2 * logits([0, 1, 2])) is None


def test_of_classes_that_get_as_much_the_first_is_told() -> None:
    assert drawn(logits([0, 1, 2, 3]), logits([0, 1, 1, 0])) == {
        "into": 0,
        "share": pytest.approx(1 / 3, abs=1e-5),
        "kept": 1.0,
    }


@pytest.mark.parametrize(
    ("share", "touched", "kept", "expected"),
    [
        (1.0, 0.01, 1.0, True),
        (STRONG, 0.0, KEPT, True),
        (STRONG - 0.01, 0.0, 1.0, False),  # too few are moved
        (1.0, 1.01 - STRONG, 1.0, False),  # the picture itself is gone
        (1.0, 0.01, KEPT - 0.01, False),  # it does not stand for the class
        (1.0, 0.01, None, True),
    ],
)
def test_a_mark_that_stands_for_a_class_is_suspected(
    share: float, touched: float, kept: float | None, expected: bool
) -> None:
    found: Drawn = {"into": 2, "share": share}
    if kept is not None:
        found["kept"] = kept
    assert suspected(found, touched) == expected


def test_strength_is_what_is_moved_times_what_is_left_of_the_picture() -> None:
    assert strength({"into": 0, "share": 0.8, "kept": 0.1}, 0.25) == pytest.approx(0.6)
