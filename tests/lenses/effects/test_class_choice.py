"""Of a class the strongest filters are told, and of each layer at least one."""

from __future__ import annotations

import pytest

from convatlas.lenses.effects.class_choice import MOST, strongest
from convatlas.lenses.effects.entries import ClassFilter


def filters(layers: int, each: int) -> list[ClassFilter]:
    """Filters whose effects, of either sign, differ in size and are in no order."""
    return [
        {
            "layer": f"layer {depth}",
            "index": index,
            "logit": (-1) ** index * ((7919 * (each * depth + index)) % 10007 + 1) / 100,
        }
        for depth in range(layers)
        for index in range(each)
    ]


@pytest.mark.parametrize(("layers", "each"), [(1, 6), (8, 6), (8, 20), (53, 6), (MOST + 4, 6)])
def test_the_strongest_of_each_layer_and_others_up_to_a_limit(layers: int, each: int) -> None:
    given = filters(layers, each)
    found = strongest(given)
    assert found == [told for told in given if told in found]
    assert len(found) == min(MOST, len(given))
    layer_names = dict.fromkeys(told["layer"] for told in given)
    best = [max((t for t in given if t["layer"] == name), key=size) for name in layer_names]
    best = sorted(best, key=size)[-MOST:]
    assert all(told in found for told in best)
    others = [size(told) for told in found if told not in best]
    left = [size(told) for told in given if told not in found]
    if others:
        assert max(left, default=0) < min(others)


def size(told: ClassFilter) -> float:
    return abs(told["logit"])


def test_of_no_filters_none_are_told() -> None:
    assert strongest([]) == []
