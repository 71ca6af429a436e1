"""Lists of a filter's neighbours."""

from __future__ import annotations

from typing import Any

import pytest

from convatlas.lenses.circuits.lists import Lists


def named(*layers: str) -> tuple[str, list[str]]:
    """What the heading says of filters of these layers, and what they are called."""
    told: Any = [{"layer": layer, "index": 7, "drop": 0.5} for layer in layers]
    column = Lists({}).mixed("Go on from it", told)
    assert column
    return column.layer, [each.name for each in column.neighbours]


@pytest.mark.parametrize(
    ("layers", "shared", "names"),
    [
        (["a.b", "a.b"], "a.b", ["7", "7"]),
        (["a.b.c", "a.b.d"], "a.b", ["c/7", "d/7"]),
        (["a.b.c", "a.b"], "a", ["b.c/7", "b/7"]),
        (["a.b.c", "a.bb.c"], "a", ["b.c/7", "bb.c/7"]),
        (["conv1", "conv2"], "", ["conv1/7", "conv2/7"]),
    ],
)
def test_what_layers_have_in_common_is_told_once(
    layers: list[str], shared: str, names: list[str]
) -> None:
    assert named(*layers) == (shared, names)


def neighbours(*drops: float) -> Any:
    return [{"layer": "a", "index": place, "drop": drop} for place, drop in enumerate(drops)]


def test_in_a_list_of_both_kinds_those_that_inhibit_are_marked() -> None:
    mixed = Lists({}).mixed("", neighbours(0.5, -1))
    assert mixed
    assert [each.less for each in mixed.neighbours] == [False, True]
    assert Lists({}).mixed("", []) is None


def test_inputs_that_inhibit_have_a_list_of_their_own() -> None:
    both = Lists({}).inputs(neighbours(0.5, 0.25, -1))
    assert [(each.key, each.layer, len(each.neighbours)) for each in both] == [
        ("ex", "a", 2),
        ("in", "", 1),
    ]
    assert not any(each.less for column in both for each in column.neighbours)
    assert [(each.key, each.layer) for each in Lists({}).inputs(neighbours(-1))] == [("in", "a")]
    assert Lists({}).inputs([]) == []
