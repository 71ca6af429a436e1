"""Canvases against their definitions, and back from pictures to parameters."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from convatlas.images.statistics import Statistics
from convatlas.lenses.maximize.parameterizations import EDGE, Parameterization, canvas
from convatlas.lenses.maximize.philox import words
from support.contexts import CPU
from support.maximizing import keys, names, statistics_of

SIZES = [(6, 8), (7, 9), (8, 5), (1, 1), (2, 3)]
KINDS = ["fourier", "pixels", "phase"]
# Lucid's color_correlation_svd_sqrt, over its largest norm.
LUCID = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
LUCID /= np.sqrt((LUCID**2).sum(axis=0)).max()


def parameterization(
    kind: str, channels: int, size: tuple[int, int], own: bool = True
) -> Parameterization:
    return canvas(kind, channels, size, CPU, statistics_of(channels) if own else None)


def sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-values))


def lucids(spectrum: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """Lucid's planes of a spectrum [channels, h, w // 2 + 1, 2], in float64."""
    height, width = size
    lengths = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    scale = np.sqrt(height * width) / np.maximum(lengths, 1 / max(size))
    scaled = (spectrum[..., 0] + 1j * spectrum[..., 1]) * scale
    return np.fft.irfft2(scaled, s=size) / 4


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("size", [(6, 8), (7, 9)])
def test_fourier_pictures_match_lucids_definition(size: tuple[int, int], own: bool) -> None:
    fourier = parameterization("fourier", 3, size, own)
    spectrum = 100 * fourier.start(keys(1))  # so that the sigmoid bends
    planes = lucids(spectrum[0].double().numpy(), size)
    colours = statistics_of(3).colours if own else LUCID
    expected = sigmoid(np.tensordot(colours, planes, axes=1))
    assert expected.std() > 0.1
    np.testing.assert_allclose(fourier.to_image(spectrum)[0].numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("own", [True, False])
def test_one_channel_has_no_colours_to_decorrelate(own: bool) -> None:
    fourier = parameterization("fourier", 1, (6, 8), own)
    spectrum = 100 * fourier.start(keys(1))
    expected = sigmoid(lucids(spectrum[0].double().numpy(), (6, 8)))
    np.testing.assert_allclose(fourier.to_image(spectrum)[0].numpy(), expected, atol=1e-5)


def test_pixels_are_a_sigmoid_of_their_parameters() -> None:
    parameters = torch.linspace(-5, 5, 2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    expected = sigmoid(parameters.double().numpy())
    np.testing.assert_allclose(
        parameterization("pixels", 3, (4, 5)).to_image(parameters), expected, atol=1e-6
    )


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", ["fourier", "pixels"])
def test_spectra_and_pixels_start_near_grey(kind: str, channels: int) -> None:
    pictures = parameterization(kind, channels, (15, 20)).to_image(
        parameterization(kind, channels, (15, 20)).start(keys(5))
    )
    assert pictures.shape == (5, channels, 15, 20)
    assert (pictures - 0.5).abs().max() < 0.05
    assert pictures.std(dim=(1, 2, 3)).min() > 1e-4


def test_phases_start_anywhere() -> None:
    phases = parameterization("phase", 3, (15, 20)).start(keys(5))
    assert phases.shape == (5, 3, 15, 11)
    shares = torch.histc(phases, 8, -torch.pi, torch.pi) / phases.numel()
    torch.testing.assert_close(shares, torch.full((8,), 1 / 8), atol=0.03, rtol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_start_is_the_same_alone_and_in_company(kind: str) -> None:
    made = parameterization(kind, 3, (7, 6))
    together = made.start(keys(5))
    assert len({tuple(row.flatten().tolist()) for row in together}) == 5
    for number, name in enumerate(names(5)):
        assert torch.equal(made.start(words([name]))[0], together[number])


@pytest.mark.parametrize("kind", ["fourier", "pixels"])
@settings(deadline=None, max_examples=40)
@given(
    size=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    channels=st.sampled_from([1, 3]),
    seed=st.integers(0, 99),
)
def test_a_picture_that_is_taken_up_is_painted_again(kind, size, channels, seed) -> None:
    random = np.random.default_rng(seed)
    given_ = torch.tensor(random.uniform(EDGE, 1 - EDGE, (2, channels, *size)), dtype=torch.float32)
    made = parameterization(kind, channels, size)
    taken = made.take(given_)
    assert taken.shape == made.start(keys(2)).shape
    torch.testing.assert_close(made.to_image(taken), given_, atol=2e-5, rtol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_black_and_white_are_taken_up_at_finite_parameters(kind: str) -> None:
    made = parameterization(kind, 3, (6, 8))
    picture = (torch.arange(6 * 8) % 2.0).reshape(1, 1, 6, 8).expand(1, 3, 6, 8)
    taken = made.take(picture)
    assert taken.isfinite().all()
    assert made.to_image(taken).isfinite().all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", SIZES)
def test_what_is_taken_up_lies_in_memory_as_what_is_started(kind: str, size) -> None:
    made = parameterization(kind, 3, size)
    parameters = made.start(keys(2))
    taken = made.take(made.to_image(parameters))
    assert taken.stride() == parameters.stride()
    assert taken.dtype == parameters.dtype


def planes_of(pictures: Tensor, statistics: Statistics) -> NDArray[np.complex128]:
    """The spectra of the decorrelated planes around the mean colour, in float64."""
    mean = statistics.mean[:, None, None]
    values = pictures.double().numpy()
    contrast = (np.log(values / (1 - values)) - np.log(mean / (1 - mean))) * mean * (1 - mean)
    planes = np.einsum("cd,ndhw->nchw", np.linalg.inv(statistics.colours), contrast)
    return np.fft.rfft2(planes, norm="ortho")


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(12, 16), (13, 15)])
@pytest.mark.parametrize("turn", [0.0, 0.3, 2.0])
def test_magnitudes_are_those_of_the_set_whatever_the_phases(channels, size, turn) -> None:
    statistics = statistics_of(channels)
    phase = parameterization("phase", channels, size)
    found = np.abs(planes_of(phase.to_image(phase.start(keys(3)) + turn), statistics))
    expected = statistics.magnitude(size)
    inside = slice(1, (size[1] + 1) // 2)
    np.testing.assert_allclose(
        found[..., inside], np.broadcast_to(expected, found.shape)[..., inside], atol=1e-5
    )
    # Where a frequency is its own mirror column, phases that do not mirror each other take from it.
    assert (found <= expected + 1e-5).all()
    assert found[:, :, 0, 0] == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(12, 16), (13, 15)])
def test_phases_come_back_from_their_picture(channels: int, size: tuple[int, int]) -> None:
    phase = parameterization("phase", channels, size)
    phases = phase.start(keys(3))
    inside = slice(1, (size[1] + 1) // 2)
    apart = torch.remainder(phase.take(phase.to_image(phases)) - phases + torch.pi, 2 * torch.pi)
    assert (apart - torch.pi)[..., inside].abs().max() < 1e-2


def test_a_phase_picture_is_in_the_mean_colour_and_contrast_of_its_set() -> None:
    statistics = statistics_of(3)
    phase = parameterization("phase", 3, (20, 24))
    pictures = phase.to_image(phase.start(keys(8))).double().numpy()
    np.testing.assert_allclose(pictures.mean(axis=(0, 2, 3)), statistics.mean, atol=0.02)
    power = statistics.magnitude((20, 24)).astype(np.float64) ** 2 / (20 * 24)
    variance = 2 * power[:, :, 1:-1].sum((1, 2)) + power[:, :, [0, -1]].sum((1, 2)) / 2
    expected = statistics.colours @ np.diag(variance) @ statistics.colours.T
    found = np.cov(pictures.transpose(1, 0, 2, 3).reshape(3, -1))
    np.testing.assert_allclose(found, expected, rtol=0.15)


def test_grey_sets_give_grey_pictures() -> None:
    grey = statistics_of(1)
    colours = np.array([[1.0, 0, 0]] * 3) / 3**0.5
    spectrum = np.concatenate([grey.spectrum, 0 * grey.spectrum, 0 * grey.spectrum])
    phase = canvas("phase", 3, (9, 8), CPU, Statistics(colours, np.full(3, 0.5), spectrum))
    pictures = phase.to_image(phase.start(keys(2)))
    assert pictures.std(dim=(2, 3)).min() > 0.01
    assert pictures.std(dim=1).max() < 1e-6
    assert phase.take(pictures).isfinite().all()
