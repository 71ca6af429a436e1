"""Filters that fire at one place at the border of a class's images."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from convatlas.lenses.parts.peaks import Peaks, packed_peaks, unpacked_peaks
from convatlas.lenses.suspects.borders import PLACES, _chance, at_border
from convatlas.lenses.suspects.strong import Strong

CORNER = 15
IMAGES = 200
CLASS = np.arange(IMAGES) < 50


def peaks(cells: np.ndarray, filled: int = 1) -> Peaks:
    return Peaks(cells.astype(np.uint8), np.full(len(cells), filled, np.uint8))


def anywhere(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(16, size=IMAGES)


def found(own: Peaks, tests: int = 40) -> list[tuple[str, int]]:
    layer = {0: own, **{seed: peaks(anywhere(seed)) for seed in range(1, 12)}}
    strong = [Strong(3, "conv", 0, 1.0)]
    sampled = 10 * np.arange(IMAGES)
    told = at_border(strong, layer, {3: CLASS}, sampled, tests)
    return [(suspect["place"], suspect["own"]) for number, suspect in told if number == 3]


def test_a_filter_that_fires_in_a_corner_of_the_class_s_images_is_found() -> None:
    cells = np.where(CLASS, CORNER, anywhere(0))
    cells[:2] = 5
    assert found(peaks(cells)) == [("bottom right", 48)]


@pytest.mark.parametrize("place", PLACES)
def test_each_place_is_found_and_none_that_is_smaller(place: str) -> None:
    cells = anywhere(0)
    cells[CLASS] = np.resize(np.flatnonzero(PLACES[place]), CLASS.sum())
    assert found(peaks(cells)) == [(place, 50)]


def test_what_fires_there_on_all_images_is_none() -> None:
    assert not found(peaks(np.full(IMAGES, CORNER)))


def test_what_peaks_there_but_fires_all_over_is_none_or_at_more_places() -> None:
    cells = np.where(CLASS, CORNER, anywhere(0))
    assert found(peaks(cells, filled=4)) == [("bottom right", 50)]
    assert found(peaks(cells, filled=5)) == [("bottom", 50)]
    assert not found(peaks(cells, filled=13))


def test_where_nothing_is_above_zero_nothing_fires() -> None:
    assert not found(peaks(np.where(CLASS, CORNER, anywhere(0)), filled=0))


def test_what_the_layer_does_on_all_images_is_none() -> None:
    cells = np.where(CLASS, CORNER, anywhere(0))
    cells[:4] = 5
    layer = {0: peaks(cells), **{index: peaks(np.full(IMAGES, CORNER)) for index in range(1, 9)}}
    told = at_border([Strong(3, "conv", 0, 1.0)], layer, {3: CLASS}, np.arange(IMAGES), 40)
    assert not list(told)


def test_the_middle_is_no_border() -> None:
    assert not found(peaks(np.where(CLASS, 5, anywhere(0))))


def test_noise_is_no_suspect_however_few_images_a_class_has() -> None:
    alarms = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        layer = {index: peaks(random.integers(16, size=60)) for index in range(8)}
        members = {number: np.arange(60) // 5 == number for number in range(12)}
        strong = [Strong(number, "conv", index, 1.0) for number in members for index in range(4)]
        alarms += len(list(at_border(strong, layer, members, np.arange(60), len(strong))))
    assert alarms <= 3  # at most one in a hundred sets is to be expected


def test_the_chance_is_that_of_all_outcomes() -> None:
    outcomes = product((0, 1), repeat=6)
    likely = [0.3 ** sum(each) * 0.7 ** (6 - sum(each)) for each in outcomes if sum(each) >= 4]
    assert math.isclose(_chance(4, 6, 0.3), sum(likely))
    assert math.isclose(_chance(0, 2000, 0.5), 1)


def test_a_filter_that_fires_for_its_class_alone_is_held_against_the_layer() -> None:
    filled = np.where(CLASS, 1, 0).astype(np.uint8)
    assert not found(Peaks(anywhere(0).astype(np.uint8), filled))
    cells = np.where(CLASS, CORNER, anywhere(0)).astype(np.uint8)
    assert found(Peaks(cells, filled)) == [("bottom right", 50)]


def test_positions_are_packed_by_the_quarter_of_each_side() -> None:
    positions = np.array([0, 4, 9, 10 * 5 + 9, 10 * 7 + 5], np.int32)  # of maps of 8 x 10
    filled = np.array([0, 1, 7, 15, 3], np.uint8)
    told = unpacked_peaks(packed_peaks(positions, filled, (8, 10)).tobytes())
    assert told.cells.tolist() == [0, 1, 3, 11, 14]
    assert told.filled.tolist() == filled.tolist()
