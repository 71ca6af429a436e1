"""How a picture came to be: a short curve and a strip of small frames."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from convatlas.lenses.maximize.history import (
    FRAME,
    POINTS,
    History,
    Pixels,
    eight_bit,
    frames,
    spread,
)


def frame(value: int) -> Pixels:
    return np.full((2, 3, 3), value, np.uint8)


@given(st.integers(1, 40_000))
def test_a_curve_has_few_points_evenly_spaced_with_both_ends(count: int) -> None:
    steps = spread(count, POINTS)
    assert len(steps) == min(count, 33)
    assert (steps[0], steps[-1]) == (0, count - 1)
    apart = np.diff(steps)
    assert apart.size == 0 or apart.max() - apart.min() <= 1


def test_a_curve_holds_the_responses_at_its_steps_in_four_digits() -> None:
    history = History({0: frame(1)}, [step + 1 / 3 for step in range(1000)])
    told = history.json
    assert told["steps"] == spread(1000, 33)
    assert told["responses"] == [float(f"{step + 1 / 3:.4g}") for step in told["steps"]]
    assert told["frames"] == [0]


def test_what_is_no_number_is_none() -> None:
    told = History({0: frame(1)}, [1.0, math.nan, -math.inf]).json
    assert told["responses"] == [1.0, None, None]


def test_a_strip_is_in_the_order_of_the_steps() -> None:
    strip = History({128: frame(3), 0: frame(1), 32: frame(2)}, [0.0]).strip
    assert strip.shape == (2, 9, 3)
    assert strip[0, ::3, 0].tolist() == [1, 2, 3]


def test_what_came_after_goes_on_and_the_end_before_is_none() -> None:
    first = History({0: frame(1), 8: frame(2), 20: frame(3)}, [1.0, 2.0])
    then = first.then(History({32: frame(4), 40: frame(5)}, [3.0]))
    assert sorted(then.frames) == [0, 8, 32, 40]
    assert then.values == [1.0, 2.0, 3.0]
    # Where both have a frame of the same step, the later canvas has begun with it.
    assert first.then(History({8: frame(9)}, [])).frames[8][0, 0, 0] == 9


@pytest.mark.parametrize(
    ("size", "shown"), [((64, 48), (64, 48)), ((128, 96), (64, 48)), ((3, 500), (1, 64))]
)
def test_frames_are_small_and_of_the_shape_that_canvases_end_in(size, shown) -> None:
    for before in (size, (size[0] // 2 + 1, size[1] // 2 + 1)):
        for made in frames(torch.rand(2, 3, *before), size):
            assert made.shape == (*shown, 3)
            assert max(made.shape) <= FRAME


def test_a_frame_is_a_mean_over_what_it_shrinks() -> None:
    picture = torch.rand(1, 1, 128, 96)
    (made,) = frames(picture, (128, 96))
    means = picture[0, 0].reshape(64, 2, 48, 2).mean(dim=(1, 3)) * 255
    np.testing.assert_allclose(made[..., 0], means.numpy(), atol=0.51)


def test_no_pictures_have_no_frames() -> None:
    assert not list(frames(torch.rand(0, 3, 8, 8), (8, 8)))


def test_values_are_rounded_to_the_nearest_of_256() -> None:
    picture = torch.tensor([0.0, 0.4 / 255, 0.6 / 255, 127.4 / 255, 1.0]).view(1, 1, 1, 5)
    assert eight_bit(picture)[0, 0, :, 0].tolist() == [0, 0, 1, 127, 255]
