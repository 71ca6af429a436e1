"""Groups of layers, and the filters that are masked at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convatlas.lenses.prune.importances import importance_of
from convatlas.lenses.prune.orders import RANDOM, Orders
from convatlas.lenses.prune.ranked import ranked
from convatlas.lenses.prune.units import groups
from convatlas.model.facts import Tie
from support.facts import LAYER

FREE, STEM, NEAR, WIDE = (
    replace(LAYER, name="free", filters=2),
    replace(LAYER, name="stem", filters=2),
    replace(LAYER, name="near", filters=2, ties=(Tie("stem", 0, 0, 2),)),
    replace(LAYER, name="wide", filters=4, ties=(Tie("near", 1, 0, 2),)),
)
LAYERS = [STEM, FREE, NEAR, WIDE]
IMPORTANCE = {
    "free": [2.0, 1.0],
    "stem": [5.0, 1.0],
    "near": [0.0, 1.0],
    "wide": [3.0, 1.0, 0.5, 4.0],
}
NORMS = {"free": [1.0, 2.0], "stem": [1.0, 1.0], "near": [1.0, 2.0], "wide": [9.0, 8.0, 1.0, 2.0]}


def test_what_additions_tie_together_is_one_unit() -> None:
    stream, free = groups(LAYERS, [layer.name for layer in LAYERS])
    assert free.layers == ("free",)
    assert free.units == ((("free", 0),), (("free", 1),))
    assert stream.layers == ("stem", "near", "wide")
    assert stream.units == (
        (("stem", 0), ("near", 0), ("wide", 1)),
        (("stem", 1), ("near", 1), ("wide", 2)),
        (("wide", 0),),
        (("wide", 3),),
    )


def test_a_layer_that_is_not_chosen_still_ties_others() -> None:
    (group,) = groups(LAYERS, ["stem", "wide"])
    assert group.units[:2] == ((("stem", 0), ("wide", 1)), (("stem", 1), ("wide", 2)))


def test_units_are_ranked_by_their_importance_and_the_sums_of_their_norms() -> None:
    stream, _ = groups(LAYERS, [layer.name for layer in LAYERS])
    orders = Orders.of(stream, stream.sums(IMPORTANCE), NORMS, 0)
    assert orders.by["importance"] == [1, 2, 3, 0]  # 2.5, 3, 4 and 6
    assert orders.by["norm"] == [3, 1, 2, 0]  # 2, 4, 9 and 10
    found = ranked(orders, [0.3, 0.5], IMPORTANCE, NORMS)
    assert [found[name]["rank"] for name in stream.layers] == [[1, 4], [1, 4], [3, 1, 4, 2]]
    assert found["wide"]["masked"] == [0.5, None, 0.3, None]
    assert found["stem"]["masked"] == [None, 0.3]
    assert found["wide"]["group"] == [None, ("stem", 0), ("stem", 1), None]
    assert found["near"]["importance"] == [0.0, 1.0]
    assert found["near"]["norm"] == [1.0, 2.0]


def test_what_the_filters_of_a_unit_change_is_added_up_by_image_before_it_is_squared() -> None:
    stream, free = groups(LAYERS, [layer.name for layer in LAYERS])
    random = np.random.default_rng(0)
    losses = {layer.name: random.normal(size=(7, layer.filters)) for layer in LAYERS}
    losses["near"][:, 0] = -losses["stem"][:, 0] - losses["wide"][:, 1]  # they cancel out
    found = importance_of(stream, IMPORTANCE, losses.__getitem__)
    expected = [
        np.mean(
            [sum(losses[name][image, index] for name, index in unit) ** 2 for image in range(7)]
        )
        for unit in stream.units
    ]
    assert found == pytest.approx(expected)
    assert Orders.of(stream, found, NORMS, 0).by["importance"][0] == 0
    assert importance_of(free, IMPORTANCE, {}.__getitem__) == IMPORTANCE["free"]


def test_masks_grow_with_the_share_and_are_rounded_as_torch_does() -> None:
    stream, _ = groups(LAYERS, [layer.name for layer in LAYERS])
    orders = Orders.of(stream, stream.sums(IMPORTANCE), NORMS, 0)
    assert [orders.count(share) for share in (0.1, 0.2, 0.5, 0.9)] == [0, 1, 2, 4]
    assert orders.mask("importance", 0.1) == frozenset()
    assert orders.mask("importance", 0.2) == {("stem", 1), ("near", 1), ("wide", 2)}
    assert orders.mask("importance", 0.5) == {*orders.mask("importance", 0.2), ("wide", 0)}


def test_without_a_norm_of_each_layer_there_is_no_order_by_it() -> None:
    stream, free = groups(LAYERS, [layer.name for layer in LAYERS])
    known = {"free": NORMS["free"], "stem": NORMS["stem"]}
    assert "norm" not in Orders.of(stream, stream.sums(IMPORTANCE), known, 0).by
    assert "norm" in Orders.of(free, free.sums(IMPORTANCE), known, 1).by
    assert (
        ranked(Orders.of(stream, stream.sums(IMPORTANCE), known, 0), [0.5], IMPORTANCE, known)[
            "near"
        ]["norm"]
        is None
    )


def test_random_orders_are_the_same_each_time_and_differ_by_draw_and_group() -> None:
    layer = replace(LAYER, name="big", filters=64)
    (group,) = groups([layer], ["big"])
    values = {"big": [0.0] * 64}
    first, again, other = (Orders.of(group, [0.0] * 64, values, n) for n in (0, 0, 1))
    drawn = [tuple(each.by[name]) for each in (first, other) for name in RANDOM]
    assert [tuple(again.by[name]) for name in RANDOM] == drawn[:3]
    assert len(set(drawn)) == 6
    assert all(sorted(order) == list(range(64)) for order in drawn)
    assert first.by["importance"] == list(range(64))
