"""Canvases that grow: each picture goes on, enlarged, where it was."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from convatlas.lenses.maximize.history import SHOWN, frames
from convatlas.lenses.maximize.optimise import enlarged
from convatlas.lenses.maximize.optimization_batch import Made
from convatlas.lenses.maximize.parameterizations import canvas as parameterization
from convatlas.lenses.maximize.recipe import Recipe
from support import nets
from support.contexts import CPU
from support.maximizing import finished, how, jobs_of, statistics_of, target_of

KINDS = ["fourier", "pixels", "phase"]


def made_of(recipe: Recipe) -> Made:
    target = target_of(nets.Small(), "conv2")
    return finished(target, jobs_of([1]), recipe, 2, statistics_of(3))[0]


def test_sizes_grow_by_the_factor() -> None:
    assert how(size=(56, 40), growths=3, growth=1.2).sizes == [
        (56, 40), (67, 48), (81, 58), (97, 69)
    ]  # fmt: skip
    assert how(size=(10, 12)).sizes == [(10, 12)]


@pytest.mark.parametrize("canvas", KINDS)
def test_a_grown_picture_has_the_last_size_and_the_history_of_all_canvases(canvas: str) -> None:
    recipe = how(canvas=canvas, growths=2, growth=1.5, blur=0.5, steps=12, tolerance=0.5)
    made = made_of(recipe)
    assert made.picture.shape == (3, 27, 22)
    assert len(made.history.values) == 36
    assert sorted(made.history.frames) == [step for step in SHOWN if step < 36] + [36]
    assert {frame.shape for frame in made.history.frames.values()} == {(27, 22, 3)}


@pytest.mark.parametrize("canvas", KINDS)
def test_the_second_canvas_starts_from_the_first_enlarged(canvas: str) -> None:
    recipe = how(canvas=canvas, growths=1, growth=1.5, blur=0.7, steps=8)
    grown, first = made_of(recipe), made_of(how(canvas=canvas, steps=8))
    assert grown.history.values[:8] == first.history.values
    larger = parameterization(canvas, 3, (18, 15), CPU, statistics_of(3))
    taken = larger.take(enlarged(first.picture[None], (18, 15), 0.7))
    expected = larger.to_image(taken)[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(grown.history.frames[8] / 255, expected, atol=0.6 / 255)


@pytest.mark.parametrize("canvas", KINDS)
def test_every_canvas_answers_more_than_what_it_started_from(canvas: str) -> None:
    recipe = how(canvas=canvas, rate=0.3, steps=20, growths=2, growth=1.3)
    values = made_of(recipe).history.values
    assert all(values[first + 19] > values[first] for first in (0, 20, 40))


def test_noise_and_movement_go_on_from_canvas_to_canvas() -> None:
    """Else a step's draws would come again on every canvas."""
    recipe = how(canvas="pixels", rate=1e-9, growths=1, growth=1.01, steps=3, noise=0.3)
    values = made_of(recipe).history.values
    assert recipe.sizes[0] == recipe.sizes[1]
    assert len(set(values)) == 6


def test_enlarged_pictures_keep_their_colours_and_range() -> None:
    flat = enlarged(torch.full((1, 3, 8, 6), 0.3), (12, 9), 1.0)
    torch.testing.assert_close(flat, torch.full((1, 3, 12, 9), 0.3))
    checks = (torch.arange(8)[:, None] + torch.arange(6)) % 2.0
    sharp = enlarged(checks[None, None], (16, 12), 0.0)
    assert (sharp.min(), sharp.max()) == (0, 1)
    assert enlarged(checks[None, None], (16, 12), 1.0).std() < 0.5 * sharp.std()


def test_a_ramp_is_enlarged_to_a_ramp() -> None:
    ramp = torch.linspace(0.1, 0.9, 9).expand(1, 1, 9, 9)
    (row,) = enlarged(ramp, (18, 18), 0.0)[0, 0, 8:9]
    np.testing.assert_allclose((row[6:-4] - row[4:-6]).numpy(), 0.1, atol=1e-5)


def test_a_blur_is_the_gaussian_of_its_deviation() -> None:
    dot = torch.zeros(1, 1, 31, 31)
    dot[0, 0, 15, 15] = 1.0
    blurred = enlarged(dot, (31, 31), 1.4)[0, 0].double().numpy()
    offsets = np.arange(31) - 15
    assert blurred.sum() == pytest.approx(1, abs=1e-4)
    spread = (blurred.sum(axis=0) * offsets**2).sum()
    assert spread**0.5 == pytest.approx(1.4, rel=0.03)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (3, 40)])
def test_a_blur_fits_the_smallest_pictures(size: tuple[int, int]) -> None:
    picture = enlarged(torch.rand(1, 3, *size), size, 5.0)
    assert picture.shape[2:] == size
    assert picture.isfinite().all()


def test_frames_of_smaller_canvases_are_shown_as_large_as_the_last() -> None:
    (frame,) = frames(torch.rand(1, 3, 12, 10), (27, 22))
    assert frame.shape == (27, 22, 3)
