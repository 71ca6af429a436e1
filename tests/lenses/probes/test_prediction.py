"""What a network takes a picture for."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from convatlas.lenses.probes.prediction import prediction

LOGITS = torch.tensor([[1.0, 3.0, 2.0, -1.0, 0.0, 0.5, -2.0]])


def test_the_five_largest_shares_stand_in_order() -> None:
    shares = LOGITS.double().softmax(1)[0]
    found = prediction(LOGITS, 7)
    assert [index for index, _ in found] == [1, 2, 0, 5, 4]
    assert [share for _, share in found] == pytest.approx(shares[[1, 2, 0, 5, 4]].tolist(), 1e-5)


def test_shares_are_not_made_shares_again() -> None:
    shares = torch.tensor([[0.1, 0.7, 0.2]])
    assert prediction(shares, 3) == [[1, 0.7], [2, 0.2], [0, 0.1]]


@pytest.mark.parametrize(
    "output",
    [
        LOGITS[0],
        LOGITS[:, :, None, None],
        (LOGITS, torch.zeros(3)),
        SimpleNamespace(logits=LOGITS),
    ],
)
def test_outputs_come_in_several_wrappings(output: object) -> None:
    assert prediction(output, 0) == prediction(LOGITS, 7)


@pytest.mark.parametrize(
    "output",
    [
        torch.zeros(1, 21, 8, 8),  # a class for each position
        torch.zeros(1, 1),
        torch.full((1, 7), torch.nan),
        torch.zeros(1, 512),  # features, where seven classes have names
        {"out": LOGITS},
        [],
        None,
    ],
)
def test_what_is_no_number_a_class_is_not_told(output: object) -> None:
    assert prediction(output, 7) is None
