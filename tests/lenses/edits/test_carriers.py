"""Which filters carry a change, by shares that are made up."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from convatlas.lenses.edits.carriers import (
    BALANCED,
    MOVED,
    carried,
    fewest,
    first_carriers,
    may_carry,
    traced,
)
from convatlas.lenses.edits.targets import EditTarget
from support.edited import Two, brighter, edited_context, inputs_of, photos, records

SHARES = {
    "wide": torch.tensor([0.3, 0.25, 0.0, 0.3, -0.1, 0.2], dtype=torch.float64),
    "narrow": torch.tensor([0.1, 0.9], dtype=torch.float64),
    "beside": torch.tensor([0.5, 0.0], dtype=torch.float64),
}


def test_the_first_carriers_are_of_all_layers() -> None:
    assert first_carriers(SHARES, 4) == [
        ("narrow", 1, 0.9),
        ("beside", 0, 0.5),
        ("wide", 0, 0.3),
        ("wide", 3, 0.3),
    ]
    assert len(first_carriers(SHARES, 99)) == 7  # those that carry something


def test_the_fewest_filters_of_one_layer_that_explain_enough() -> None:
    assert fewest(SHARES) == ("narrow", [1], 0.9)
    wide = fewest({name: SHARES[name] for name in ("beside", "wide")})
    assert wide is not None
    assert wide[:2] == ("wide", [0, 3, 1])
    assert wide[2] == pytest.approx(0.85)
    assert fewest({"beside": SHARES["beside"]}) is None


def test_what_a_layer_carries() -> None:
    found = carried(SHARES["wide"], [0.9, None, 0.85, 0.8, 0.95, 0.5])
    assert found["shares"] == [0.3, 0.25, 0, 0.3, -0.1, 0.2]
    assert found["explained"] == pytest.approx(0.95)
    assert found["enough"] == 3
    assert found["noticing"] == pytest.approx(0.3 + 0 - 0.1)
    assert carried(-SHARES["wide"], [None] * 6)["enough"] == 0


def test_classes_are_no_carriers_of_the_change_of_classes() -> None:
    network = edited_context(Two(), {"brighter": brighter}, photos(4)).plan.network
    near, far = network.layers
    assert may_carry(network.layers, network) == [near, far]
    assert may_carry(network.layers, replace(network, scores=far.filters)) == [near]


def test_changes_that_cancel_out_are_traced_to_nothing() -> None:
    context = edited_context(Two(), {"brighter": brighter}, photos(4))
    plain, edited = inputs_of(context), inputs_of(context, brighter)
    layers, target = context.plan.network.layers, EditTarget([0], [1])
    there = traced(context, layers, target, plain, edited)
    back = traced(context, layers, target, edited, plain)
    assert bool(there.shares) != bool(back.shares)
    assert {there.problem, back.problem} == {
        "",
        BALANCED,
    }


class NoGradients(Two):
    """Runs on NumPy between the layers."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        near = torch.from_numpy(self.near(x).detach().numpy()).relu()
        return self.head(8 * torch.from_numpy(self.far(near).detach().numpy()).amax((2, 3)))


def test_without_gradients_it_is_told_why_nothing_is_traced() -> None:
    found = records(edited_context(NoGradients(), {"brighter": brighter}, photos(10)))
    scores = found[None, "brighter", ""]["scores"]
    assert scores["target"]["change"] > 0
    assert "behind" not in scores
    assert scores["untraced"] == "No gradient of the scores reaches any layer."
    assert "carried" not in found["near", "brighter", ""]
    assert found["near", "brighter", ""]["auc"]


def test_what_moves_images_is_not_traced() -> None:
    edits = {"brighter": brighter}
    found = records(edited_context(Two(), edits, photos(10), moves=["brighter"]))
    scores = found[None, "brighter", ""]["scores"]
    assert scores["target"]["change"] > 0
    assert scores["untraced"] == MOVED
    assert "behind" not in scores
    assert "carried" not in found["far", "brighter", ""]
