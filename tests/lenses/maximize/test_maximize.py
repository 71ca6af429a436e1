"""Maximised pictures of networks whose best pictures are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from convatlas.lenses.maximize.options import Maximize as MaximizeOptions
from convatlas.lenses.maximize.options import Recipe as RecipeOptions
from convatlas.model import scores
from convatlas.model.records import Record
from support import nets
from support.contexts import lens_options, render_context_of
from support.maximizing import Found, all_made, attempted, evidence, pixels


def conv(kernel: Tensor) -> nn.Conv2d:
    """A convolution with these weights."""
    made = nn.Conv2d(kernel.shape[1], kernel.shape[0], tuple(kernel.shape[2:]), bias=False)
    with torch.no_grad():
        made.weight.copy_(kernel)
    return made


def data(records: list[Record]) -> list[dict]:
    return [dict(record.data) for record in records]


@pytest.fixture(scope="module")
def known() -> Found:
    return all_made(nets.Known(), MaximizeOptions(layers={"second": RecipeOptions(steps=40)}))


@pytest.mark.parametrize("index", [0, 1, 2])
@pytest.mark.parametrize("role", ["positive", "negative"])
def test_first_layer_pictures_reach_the_exact_bound(known, index: int, role: str) -> None:
    weights = nets.Known().first.weight[index].detach().numpy()
    sign = 1 if role == "positive" else -1
    # Inputs run from (0 - 0.5) / 0.25 = -2 to 2, so the bound is twice the sum of the magnitudes.
    bound = 2 * np.abs(weights).sum()
    (record,) = known["first", index, role]
    response = record.data["response"]
    assert 0.99 * bound <= sign * response <= bound * 1.0001
    assert record.data["position"] == [1, 1]


def test_an_edge_is_dark_on_the_left_and_bright_on_the_right(known) -> None:
    picture = pixels(known["first", 0, "positive"][0])
    assert picture[1, 0].max() < 0.05
    assert picture[1, 2].min() > 0.95
    opposite = pixels(known["first", 0, "negative"][0])
    assert opposite[1, 0].min() > 0.95


def test_a_colour_filter_gets_its_colour(known) -> None:
    red, green, _ = pixels(known["first", 1, "positive"][0])[1, 1]
    assert red > 0.95
    assert green < 0.05


def test_a_later_layer_shows_what_the_first_sees(known) -> None:
    record = known["second", 0, "positive"][-1]
    row, column = record.data["position"]
    picture = pixels(record)
    left, right = picture[row - 1 : row + 2, column - 1], picture[row - 1 : row + 2, column + 1]
    assert (right - left).mean() > 0.7
    assert record.data["response"] > 0.75 * 36


def test_a_dead_filter_is_called_dead_after_all_attempts() -> None:
    context = render_context_of(
        nets.Known(), lenses=lens_options(maximize=MaximizeOptions(steps=10))
    )
    evidence(context, "second", 1, lowest=-101.0, highest=-99.5)
    evidence(context, "second", 0, lowest=0.0, highest=2.0)
    found = attempted(context)
    tries = data(found["second", 1, "positive"])
    assert len(tries) == 4
    seen = {"bounds": {"highest": -99.5, "lowest": -101.0}}
    assert not any(scores.passes(one, "positive", seen) for one in tries)
    layer = context.layer("second")
    assert layer.rectified
    assert scores.dead(layer.rectified, seen, tries)
    assert not scores.dead(layer.rectified, seen, data(found["second", 0, "positive"]))


def test_a_filter_without_weights_is_flat_and_answers_nothing(known) -> None:
    tries = data(known["first", 3, "positive"])
    assert [one["response"] for one in tries] == [0.0] * 4
    assert all(one["flat"] for one in tries)


def test_a_batch_norm_with_negative_scale_turns_the_picture_round() -> None:
    norm = nn.BatchNorm2d(1)
    nn.init.constant_(norm.weight, -1)
    module = nn.Sequential(conv(nets.Known().first.weight[:1]), norm, nn.ReLU())
    picture = pixels(all_made(module, MaximizeOptions(negative=False))["0", 0, "positive"][0])
    assert picture[1, 0].min() > 0.95
    assert picture[1, 2].max() < 0.05


@pytest.mark.parametrize("optimiser", ["adam", "nadam"])
def test_a_grating_comes_out_of_a_fourier_canvas(optimiser) -> None:
    wave = torch.cos(torch.arange(-4, 5) * torch.pi / 3)  # a period of six pixels
    module = nn.Sequential(conv((wave - wave.mean()).view(1, 1, 1, 9)))
    options = MaximizeOptions(
        canvas="fourier", objective="neuron", size=32, negative=False, optimiser=optimiser
    )
    (record,) = all_made(module, options, size=32, channels=1)["0", 0, "positive"]
    row, column = record.data["position"]
    seen = pixels(record)[row, column : column + 9, 0]
    assert np.corrcoef(seen, wave.numpy())[0, 1] > 0.9


class Floor(nn.Module):
    """The second layer's filter is held back by an edge and excited by nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.edge = conv(nets.Known().first.weight[:1].detach() / 9)
        self.minus = conv(-torch.ones(1, 1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.minus(torch.relu(self.edge(x)))


def test_a_filter_that_is_only_held_back_has_a_picture_of_that_alone() -> None:
    context = render_context_of(Floor(), lenses=lens_options(maximize=MaximizeOptions()))
    evidence(context, "minus", 0, lowest=-1.0, highest=0.0)
    found = attempted(context)
    seen = {"bounds": {"highest": 0.0, "lowest": -1.0}}
    positive, negative = (data(found["minus", 0, role]) for role in ("positive", "negative"))
    assert len(positive) == 4
    assert not any(scores.passes(one, "positive", seen) for one in positive)
    assert scores.passes(negative[0], "negative", seen)
    ratio = scores.ratio(negative[0]["response"], "negative", seen)
    assert ratio is not None
    assert ratio > 3.5  # of 4


def test_plain_brightness_is_flat_until_it_has_surroundings() -> None:
    context = render_context_of(
        nn.Sequential(conv(torch.full((1, 3, 3, 3), 1 / 27))),
        lenses=lens_options(maximize=MaximizeOptions(negative=False)),
    )
    evidence(context, "0", 0, lowest=-1.0, highest=1.5)
    first, *others = attempted(context)["0", 0, "positive"]
    assert first.data["flat"]
    assert pixels(first).shape == (3, 3, 3)
    shown = [first, *others][scores.best(data([first, *others]), "positive")]
    assert not shown.data["flat"]
    assert 0.99 * 2 <= shown.data["response"] <= 2.0001
    row, column = shown.data["position"]
    assert pixels(shown)[row : row + 3, column : column + 3].min() > 0.95
    assert len(others) == 1


def test_a_filter_that_only_darkness_excites_gets_a_dark_picture() -> None:
    module = nn.Sequential(conv(-torch.ones(1, 3, 1, 1)))
    picture = pixels(all_made(module, MaximizeOptions())["0", 0, "positive"][0])
    assert picture.max() < 0.05


def test_a_first_layer_that_sees_one_channel_gets_grey_pictures() -> None:
    edge = torch.tensor([[[[-1.0, 0, 1]]]])
    (record,) = all_made(nn.Sequential(conv(edge)), MaximizeOptions(), channels=1)[
        "0", 0, "positive"
    ]
    picture = pixels(record)
    assert picture[0, 0].max() < 0.05
    assert picture[0, 2].min() > 0.95
    assert (np.ptp(picture, axis=2) == 0).all()


class Corner(nn.Module):
    """A filter that answers where it is bright, for one position to be asked of."""

    def __init__(self) -> None:
        super().__init__()
        self.bright = conv(torch.full((1, 3, 1, 1), 1 / 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.bright(x)


@pytest.mark.parametrize("at", [(0.0, 0.0), (0.99, 0.0), (0.5, 0.5), (0.2, 0.8)])
def test_the_position_that_is_asked_for_is_the_one_that_shines(at) -> None:
    options = MaximizeOptions(
        canvas="pixels", objective="neuron", at=list(at), size=11, steps=60, negative=False
    )
    (record,) = all_made(Corner(), options)["bright", 0, "positive"]
    assert record.data["position"] == [int(share * 11) for share in at]
    picture = pixels(record).mean(axis=2)
    assert (picture > 0.9).sum() == 1


def test_penalties_hold_a_picture_back() -> None:
    def response(**by: float) -> float:
        options = MaximizeOptions(
            canvas="pixels", size=8, steps=150, tolerance=0.0, attempts=1, negative=False, **by
        )
        (record,) = all_made(Corner(), options)["bright", 0, "positive"]
        return float(record.data["response"])

    free = response(objective="channel")
    assert free > 1.95
    # The mean of (value - 0.5) * 4 less l2 times the mean of (value - 0.5)**2 is best at 2 / l2.
    assert response(objective="channel", l2=10.0) == pytest.approx(4 * 2 / 10, abs=0.03)
    assert response(objective="neuron", variation=1e4) < 0.9 * free
    assert response(objective="neuron", gradients=1e4) < 0.9 * free
