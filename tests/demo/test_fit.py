from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from convatlas.demo.draw import CLASSES
from convatlas.demo.drawings import TRAINING, Drawings
from convatlas.demo.fit import Schedule, accuracy, fit, prepared, stacked

SCHEDULE = Schedule(epochs=3, batch=16)


def net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 7, stride=4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(8, len(CLASSES)),
    )  # fmt: skip


def test_the_same_seed_gives_the_same_weights() -> None:
    first, second, other = net(), net(), net()
    for each, seed in ((first, 0), (second, 0), (other, 1)):
        fit(each, Drawings(48, TRAINING), SCHEDULE, seed)
    assert torch.equal(first[0].weight, second[0].weight)
    assert not torch.equal(first[0].weight, other[0].weight)


def test_batches_are_changed_and_the_penalty_counts(capsys: pytest.CaptureFixture[str]) -> None:
    shares: list[float] = []

    def change(inputs: Tensor, targets: Tensor, draws: torch.Generator, done: float) -> Tensor:
        assert inputs.shape == (16, 3, 96, 96) and targets.shape == (16,)
        shares.append(done)
        return inputs * 0

    fitted = net()
    bias = fitted[4].bias
    before = bias.abs().max().item()
    fit(fitted, Drawings(48, TRAINING), SCHEDULE, 0, change, lambda: bias.square().sum())
    assert shares == pytest.approx([step / 9 for step in range(9)])
    assert bias.abs().max() < before / 2
    assert "epoch 3/3: loss" in capsys.readouterr().out


def test_accuracy_is_the_share_of_right_answers() -> None:
    class Oracle(nn.Module):
        """Knows the class of every drawing but the first."""

        def forward(self, inputs: Tensor) -> Tensor:
            (own,) = [i for i, known in enumerate(inputs_of) if torch.equal(inputs[0], known)]
            return torch.eye(len(CLASSES))[[own % len(CLASSES) if own else 5]]

    drawings = Drawings(30)
    inputs_of = prepared(stacked(drawings)[0])
    assert inputs_of.amin() >= -2 and inputs_of.amax() <= 2
    assert accuracy(Oracle(), drawings) == pytest.approx(29 / 30)
