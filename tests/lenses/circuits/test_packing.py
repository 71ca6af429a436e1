"""Circuits as the store keeps them."""

from __future__ import annotations

import numpy as np
import pytest

from convatlas.lenses.circuits.packing import packed, unpacked
from convatlas.lenses.circuits.records import CircuitData
from convatlas.model.records import canonical

AFTER = ["next", "later"]


def circuit(inputs: int = 6, images: int = 9) -> CircuitData:
    random = np.random.default_rng(0)
    rows = [
        (
            int(random.integers(2)),
            int(random.integers(512)),
            float(random.normal(0.05, 0.02)),
            float(random.normal(0, 0.1)),
            float(random.normal(0, 0.1)),
            random.normal(0.05, 0.02, images).tolist(),
        )
        for _ in range(2 * inputs)
    ]
    return {
        "images": images,
        "excess": 0.731234,
        "exciting": rows[:inputs],
        "inhibiting": rows[inputs:],
        "total": 0.65,
        "inputs": 512,
        "behind": [(1, 300, -0.02), (0, 7, 0.01)],
        "consumers": [("later", 99, 0.25), ("next", 3, -0.125)],
        "groups": [0, 1, 1, 0, 0, 1, 0, 1, 0],
    }


def test_a_circuit_comes_back_to_the_digits_that_are_told() -> None:
    told = circuit()
    found = unpacked(packed(told, AFTER), AFTER)
    excess = told["excess"]
    for key in ("images", "excess", "inputs", "groups", "consumers"):
        assert found[key] == told[key]
    assert found["total"] == pytest.approx(told["total"], abs=1e-5 * excess)
    for side in ("exciting", "inhibiting"):
        for one, other in zip(found[side], told[side], strict=True):
            assert one[:2] == other[:2]
            assert one[2] == pytest.approx(other[2], abs=1e-5 * excess)
            assert one[3] == pytest.approx(other[3], abs=1e-3)
            assert one[4] == pytest.approx(other[4], abs=1e-3)
            assert one[5] == pytest.approx(other[5], abs=0.01 * excess)
    for (*place, drop), (*own, true) in zip(found["behind"], told["behind"], strict=True):
        assert (place, drop) == (own, pytest.approx(true, abs=1e-5 * excess))


def test_a_share_that_is_not_known_and_no_groups_come_back() -> None:
    told = circuit(1)
    told["exciting"] = [(0, 3, 0.5, None, 0.0, [0.5] * 9)]
    told["inhibiting"], told["groups"] = [], None
    found = unpacked(packed(told, AFTER), AFTER)
    assert found["exciting"][0][3:5] == (None, 0.0)
    assert (found["inhibiting"], found["groups"]) == ([], None)


@pytest.mark.parametrize("excess", [0.0, -1.5])
def test_without_a_rise_there_is_nothing_to_divide(excess: float) -> None:
    told = circuit()
    told["excess"] = excess
    found = unpacked(packed(told, AFTER), AFTER)
    assert found["exciting"] == found["inhibiting"] == found["behind"] == []
    assert (found["consumers"], found["total"]) == (told["consumers"], 0)


def test_it_takes_less_than_four_hundred_bytes() -> None:
    assert len(canonical(packed(circuit(), AFTER))) < 400
