"""Canvases, transforms, objectives and recipes, each on its own."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convatlas.config import schema
from convatlas.lenses.maximize.canvases import COLOURS, fourier, pixels
from convatlas.lenses.maximize.draws import generators, normal
from convatlas.lenses.maximize.objectives import channel, neuron
from convatlas.lenses.maximize.recipe import Recipe, chosen, recipe, retry
from convatlas.lenses.maximize.transforms import affines, move
from convatlas.records import Layer, Preprocessing, ReceptiveField

CPU = torch.device("cpu")
KEYS = [hashlib.sha256(bytes([number])).hexdigest() for number in range(5)]
PREPROCESSING = Preprocessing((224, 224), (256,), 3, (0.5,) * 3, (0.25,) * 3, "bilinear")
STILL = Recipe("neuron", "pixels", (8, 8), 4, 0.1, 0.0, 0.0, 0.0)
MOVING = Recipe("channel", "fourier", (48, 64), 6, 0.05, 4.0, 5.0, 0.05)


def layer(field: tuple[int, int] | None, size: int) -> Layer:
    spans = ((0, 1),) * size
    return Layer(
        "conv", "conv", "Conv2d", 8, 3, (3, 3), (1, 1), (0, 0), (1, 1), 1, False, "w",
        map=(size, size), field=ReceptiveField(field, spans, spans),
    )  # fmt: skip


def test_draws_are_each_records_own() -> None:
    together = normal(generators(KEYS), (3, 4))
    alone = np.concatenate([normal(generators([key]), (3, 4)) for key in KEYS])
    assert (together == alone).all()
    assert len(np.unique(together)) == together.size


def test_fourier_pictures_match_a_float64_loop_of_the_definition() -> None:
    parameters, paint = fourier(generators(KEYS[:1]), 3, (6, 8), CPU)
    painted = paint(parameters)[0].numpy()
    spectrum = parameters[0].numpy().astype(np.float64)
    frequency = np.hypot(np.fft.fftfreq(6)[:, None], np.fft.rfftfreq(8)[None])
    scale = np.sqrt(6 * 8) / np.maximum(frequency, 1 / 8)  # Lucid: sqrt(w h) / frequency
    planes = np.fft.irfft2((spectrum[..., 0] + 1j * spectrum[..., 1]) * scale, s=(6, 8)) / 4
    colours = np.tensordot(COLOURS.astype(np.float64), planes, axes=1)
    np.testing.assert_allclose(painted, 1 / (1 + np.exp(-colours)), atol=1e-6)


@pytest.mark.parametrize("canvas", [fourier, pixels])
@pytest.mark.parametrize("channels", [1, 3])
def test_canvases_start_near_grey_in_the_right_shape(canvas, channels) -> None:
    parameters, paint = canvas(generators(KEYS), channels, (15, 20), CPU)
    pictures = paint(parameters)
    assert pictures.shape == (5, channels, 15, 20)
    assert (pictures - 0.5).abs().max() < 0.3
    assert pictures[0].std() > 0
    assert not torch.equal(pictures[0], pictures[1])


def test_nothing_moves_without_jitter_angle_and_scale() -> None:
    assert affines(generators(KEYS), STILL) is None


def test_an_identity_leaves_pictures_as_they_are() -> None:
    pictures = torch.rand(2, 3, 10, 14)
    identity = torch.eye(2, 3).expand(2, 2, 3)
    torch.testing.assert_close(move(pictures, identity), pictures)


def test_a_shift_is_in_pixels() -> None:
    pictures = torch.rand(1, 1, 10, 20)
    right = torch.tensor([[[1, 0, 2 * 3 / 20], [0, 1, 2 * 2 / 10.0]]])
    torch.testing.assert_close(move(pictures, right)[..., :-2, :-3], pictures[..., 2:, 3:])


@settings(deadline=None, max_examples=20)
@given(st.integers(16, 80), st.integers(16, 80))
def test_moves_stay_within_their_bounds_on_any_shape(height: int, width: int) -> None:
    how = Recipe("channel", "fourier", (height, width), 8, 0.05, 3.0, 5.0, 0.05)
    maps = affines(generators(KEYS), how)
    assert maps is not None
    assert maps.shape == (8, 5, 2, 3)
    # In pixels, with the origin in the centre, the linear part is a rotation times a scale.
    half = torch.tensor([width / 2, height / 2])
    linear = maps[..., :2] * half[:, None] / half
    scales = torch.linalg.det(linear).sqrt()
    assert scales.min() >= 0.949
    assert scales.max() <= 1.051
    gram = linear @ linear.transpose(-1, -2) / scales[..., None, None] ** 2
    torch.testing.assert_close(gram, torch.eye(2).expand_as(gram), atol=1e-4, rtol=0)
    angles = torch.rad2deg(torch.atan2(linear[..., 1, 0], linear[..., 0, 0]))
    assert angles.abs().max() <= 5.001
    shifts = (maps[..., 2] * half).abs()
    assert shifts.max() <= 3.001
    assert shifts.max() > 1.5


def test_objectives_read_each_pictures_own_filter() -> None:
    responses = torch.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)
    filters = torch.tensor([2, 0])
    expected = torch.stack([responses[0, 2].mean(), responses[1, 0].mean()])
    torch.testing.assert_close(channel(responses, filters), expected)
    expected = torch.stack([responses[0, 2, 2, 2], responses[1, 0, 2, 2]])
    torch.testing.assert_close(neuron(responses, filters), expected)


def test_a_convolution_on_the_input_gets_its_kernel_in_plain_pixels() -> None:
    strided = replace(layer((11, 11), 55), kernel=(11, 11), stride=(4, 4), padding=(2, 2))
    how = recipe(schema.Recipe(), strided, PREPROCESSING)
    # The second position starts at 4 - 2 = 2: the first that sees no padding.
    assert (how.canvas, how.objective, how.size) == ("pixels", "neuron", (13, 13))
    assert how.jitter == how.rotate == how.scale == 0


def test_a_small_field_is_shown_whole() -> None:
    how = recipe(schema.Recipe(), layer((24, 7), 28), PREPROCESSING)
    assert (how.canvas, how.objective, how.size) == ("fourier", "neuron", (30, 11))


@pytest.mark.parametrize(
    ("field", "size"), [((47, 47), 64), ((63, 63), 80), ((111, 111), 96), (None, 96)]
)
def test_a_large_field_gets_a_canvas_up_to_the_presets(field, size) -> None:
    how = recipe(schema.Recipe(), layer(field, 13), PREPROCESSING)
    assert (how.canvas, how.objective, how.steps) == ("fourier", "channel", 128)
    assert how.size == (size, size)


def test_a_coarse_map_gets_a_larger_canvas() -> None:
    # A map of 3 steps by 64: two positions need 224 - 64.
    assert recipe(schema.Recipe(), layer(None, 3), PREPROCESSING).size == (160, 160)


def test_a_canvas_reaches_all_layers_before() -> None:
    how = recipe(schema.Recipe(preset="draft"), layer((60, 60), 13), PREPROCESSING, (75, 80))
    assert how.size == (75, 80)
    assert recipe(schema.Recipe(), layer((20, 20), 13), PREPROCESSING, (30, 20)).size == (30, 25)


def test_a_canvas_is_never_larger_than_the_input() -> None:
    small = replace(PREPROCESSING, size=(32, 28))
    assert recipe(schema.Recipe(), layer(None, 8), small).size == (32, 28)


def test_settings_go_by_lens_then_glob_then_variant() -> None:
    options = schema.Maximize(
        steps=10,
        rate=0.5,
        layers={"feat*": schema.Recipe(steps=20), "features.1": schema.Recipe(size=50)},
        variants={"long": schema.Recipe(steps=30)},
    )
    how = chosen(options, None, "features.1", False)
    assert (how.steps, how.rate, how.size, how.preset) == (20, 0.5, 50, None)
    assert chosen(options, "long", "features.1", False).steps == 30
    assert chosen(options, None, "head", False).steps == 10
    assert chosen(options, None, "head", True).preset == "draft"


def test_every_attempt_is_another_recipe() -> None:
    for first in (STILL, MOVING):
        made = [retry(first, attempt) for attempt in range(4)]
        assert made[0] == first
        assert len(set(made)) == len(made)
        assert all(Recipe.of(how.json) == how for how in made)
