"""What is maximised and what is held against it, against loops in float64."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from convatlas.lenses.maximize.objectives import objective, rivals
from convatlas.lenses.maximize.regularizers import gradients, regularizer, square, variation
from support.maximizing import how

Floats = NDArray[np.float64]

RESPONSES = torch.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5) - 50
FILTERS = torch.tensor([2, 0])
SHAPES = st.tuples(st.sampled_from([1, 3]), st.integers(1, 7), st.integers(1, 7))


def of(recipe, responses: Tensor = RESPONSES) -> list[float]:
    return objective(recipe, responses, FILTERS).tolist()


def test_a_channel_is_the_mean_of_each_pictures_own_filter() -> None:
    expected = [RESPONSES[0, 2].mean().item(), RESPONSES[1, 0].mean().item()]
    assert of(how(objective="channel")) == expected


def test_a_neuron_is_the_position_in_the_middle() -> None:
    assert of(how(objective="neuron")) == [RESPONSES[0, 2, 2, 2], RESPONSES[1, 0, 2, 2]]


@pytest.mark.parametrize(
    ("at", "place"),
    [
        ((0.0, 0.0), (0, 0)),
        ((1.0, 1.0), (3, 4)),
        ((1.0, 0.0), (3, 0)),
        ((0.25, 0.59), (1, 2)),
        ((0.24, 0.6), (0, 3)),
    ],
)
def test_a_neuron_may_be_anywhere_in_the_map(at, place) -> None:
    row, column = place
    found = of(how(objective="neuron", at=at))
    assert found == [RESPONSES[0, 2, row, column], RESPONSES[1, 0, row, column]]


def test_the_root_mean_square_counts_both_signs() -> None:
    found = of(how(objective="rms"))
    for value, own in zip(found, (RESPONSES[0, 2], RESPONSES[1, 0]), strict=True):
        assert value == pytest.approx(math.sqrt((own.double().numpy() ** 2).mean()))
    assert of(how(objective="rms"), -RESPONSES) == found


def test_the_root_mean_square_has_a_slope_at_zero() -> None:
    responses = torch.zeros(2, 3, 4, 5, requires_grad=True)
    objective(how(objective="rms"), responses, FILTERS).sum().backward()
    assert responses.grad is not None
    assert responses.grad.isfinite().all()


def test_objectives_of_short_numbers_are_taken_in_long_ones() -> None:
    short = torch.full((2, 3, 40, 40), 1.0, dtype=torch.bfloat16)
    short[:, :, 0, 0] = 2.0
    found = objective(how(objective="channel"), short, FILTERS)
    assert found.dtype == torch.float32
    assert found.tolist() == pytest.approx([1601 / 1600] * 2, rel=1e-6)


def slow_rivals(objective: str, responses: Floats, own: int, sign: int) -> float:
    """The mean of what the five other filters that a picture excites most answer to it."""
    middle = responses.shape[1] // 2, responses.shape[2] // 2
    values = {
        "channel": lambda one: one.mean(),
        "neuron": lambda one: one[middle],
        "rms": lambda one: math.sqrt((one**2).mean()),
    }
    found = [values[objective](one) for index, one in enumerate(responses) if index != own]
    strongest = sorted((sign * value for value in found), reverse=True)[:5]
    return sign * sum(max(0.0, value) for value in strongest) / max(1, len(strongest))


@pytest.mark.parametrize("kind", ["channel", "neuron", "rms"])
@settings(deadline=None, max_examples=25)
@given(filters=st.integers(1, 9), seed=st.integers(0, 99), own=st.integers(0, 8))
def test_rivals_match_a_float64_loop(kind: str, filters: int, seed: int, own: int) -> None:
    responses = np.random.default_rng(seed).normal(size=(2, filters, 4, 5))
    chosen, signs = [own % filters, 0], [1, -1]
    found = rivals(
        how(objective=kind),
        torch.tensor(responses, dtype=torch.float32),
        torch.tensor(chosen),
        torch.tensor(signs),
    )
    expected = [slow_rivals(kind, *each) for each in zip(responses, chosen, signs, strict=True)]
    assert found.tolist() == pytest.approx(expected, rel=1e-4, abs=1e-6)


def squares(picture: Floats) -> float:
    return float(((picture - 0.5) ** 2).mean())


def neighbours(picture: Floats) -> float:
    channels, height, width = picture.shape
    down = [
        abs(picture[c, y + 1, x] - picture[c, y, x])
        for c in range(channels)
        for y in range(height - 1)
        for x in range(width)
    ]
    right = [
        abs(picture[c, y, x + 1] - picture[c, y, x])
        for c in range(channels)
        for y in range(height)
        for x in range(width - 1)
    ]
    return sum(down + right) / max(1, len(down + right))


def lengths(picture: Floats) -> float:
    """The root mean square of the gradients by Scharr's filters, edges repeated."""
    channels, height, width = picture.shape
    scharr = np.array([[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]]) / 32
    total = 0.0
    for channel in range(channels):
        wide = np.pad(picture[channel], 1, mode="edge")
        for y in range(height):
            for x in range(width):
                part = wide[y : y + 3, x : x + 3]
                total += (part * scharr).sum() ** 2 + (part * scharr.T).sum() ** 2
    return math.sqrt(total / picture.size)


@pytest.mark.parametrize(
    ("fast", "slow"), [(square, squares), (variation, neighbours), (gradients, lengths)]
)
@settings(deadline=None, max_examples=25)
@given(shape=SHAPES, seed=st.integers(0, 99))
def test_penalties_match_a_float64_loop(fast, slow, shape, seed) -> None:
    pictures = np.random.default_rng(seed).uniform(0, 1, (2, *shape))
    found = fast(torch.tensor(pictures, dtype=torch.float32))
    # The gradients' root has 1e-12 under it, so that it has a slope at zero.
    assert found.tolist() == pytest.approx([slow(one) for one in pictures], rel=1e-4, abs=2e-6)


def test_gradients_are_in_values_per_pixel() -> None:
    ramp = torch.arange(20.0).repeat(20, 1)[None, None] * 0.03
    inner = gradients(ramp)[0].item() ** 2 * 400
    # The outermost two columns have half the slope, for the picture's edge is repeated.
    assert inner == pytest.approx(0.03**2 * (18 * 20 + 40 / 4), rel=1e-3)


def test_a_flat_grey_picture_costs_nothing_and_has_a_slope() -> None:
    picture = torch.full((1, 3, 5, 5), 0.5, requires_grad=True)
    cost = regularizer(how(l2=2.0, variation=3.0, gradients=4.0), picture)
    assert cost.item() == pytest.approx(0, abs=1e-5)
    (slope,) = torch.autograd.grad(cost.sum(), picture)
    assert slope.isfinite().all()


def test_the_penalty_is_the_weighted_sum_of_each_picture() -> None:
    pictures = torch.rand(3, 3, 6, 5)
    cost = regularizer(how(l2=2.0, variation=3.0, gradients=4.0), pictures)
    expected = 2 * square(pictures) + 3 * variation(pictures) + 4 * gradients(pictures)
    torch.testing.assert_close(cost, expected)
    assert cost.shape == (3,)
    for name, one in {"l2": square, "variation": variation, "gradients": gradients}.items():
        torch.testing.assert_close(regularizer(how(**{name: 0.5}), pictures), 0.5 * one(pictures))
    assert regularizer(how(), pictures).tolist() == [0, 0, 0]
