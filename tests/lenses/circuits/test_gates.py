"""Gates of a recorded network, and what comes through them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.lenses.base import RenderContext
from convatlas.lenses.circuits.gates import gate
from convatlas.lenses.examples.records import read_examples
from convatlas.model.record_index import RecordIndex
from convatlas.network.preprocess import prepare
from convatlas.network.responses import as_inputs
from convatlas.site.manifest import assemble
from convatlas.ui.network_results import NetworkResults
from support.circuits_truth import Rendered, photos, with_examples
from support.contexts import CPU
from support.facts import ATLAS

COUNT = 12


class Gated(nn.Module):
    """Squeeze-and-excitation between ``first`` and ``project``, and none after it."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.fc1, self.fc2 = nn.Conv2d(8, 2, 1), nn.Conv2d(2, 8, 1)
        self.project, self.late = nn.Conv2d(8, 4, 1), nn.Conv2d(4, 4, 3)

    def factors(self, x: Tensor) -> Tensor:
        """What each channel is multiplied by [n, 8, 1, 1]."""
        return torch.sigmoid(4 * self.fc2(F.relu(self.fc1(x.mean((2, 3), keepdim=True)))))

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.first(x))
        x = self.project(x * self.factors(x))
        return F.relu(self.late(F.relu(x))).mean((2, 3))


@cache
def studio() -> RenderContext:
    return with_examples(Gated(), photos(COUNT))


@cache
def rendered() -> Rendered:
    return Rendered(studio())


def test_a_gate_is_known_by_the_layer_that_makes_its_factors() -> None:
    facts = replace(studio().plan.network, name="net")
    chosen = {layer.name: list(range(layer.filters)) for layer in facts.layers}
    told: Any = assemble(ATLAS, [NetworkResults(facts, chosen, None, RecordIndex())])
    (network,) = told["networks"]
    entries: Any = rendered().layers
    found = {each["name"]: gate(network, each, entries[each["name"]]) for each in network["layers"]}
    assert found == {"first": None, "fc1": None, "fc2": None, "project": "fc2", "late": None}


@torch.no_grad()
def test_what_no_drop_takes_is_what_the_gate_leaves_of_the_means() -> None:
    context, net = studio(), studio().module
    preprocessing = context.plan.network.preprocessing
    assert context.picture is not None and context.plan.images is not None
    pixels = [prepare(context.picture(index), preprocessing) for index in range(COUNT)]
    first = F.relu(net.first(as_inputs(np.stack(pixels), preprocessing, CPU)))  # type: ignore[operator]
    factors = net.factors(first)  # type: ignore[operator]
    left = net.project(first.mean((0, 2, 3))[None, :, None, None] * factors)[:, :, 0, 0]  # type: ignore[operator]
    usual = net.project(first * factors).mean((0, 2, 3))  # type: ignore[operator]
    place = {image.id: n for n, image in enumerate(context.plan.images.images)}
    compared = 0
    for index in range(4):
        data, record = (
            rendered().filters["project", index],
            read_examples(context.records, "project", index),
        )
        if record is None or not data["exciting"]:
            continue
        images = [place[each["image"]] for each in record.data["top"]]
        true = float(left[images, index].mean() - usual[index])
        told = data["excess"] - data["total"]
        assert told == pytest.approx(true, abs=1e-3 * data["excess"])
        compared += 1
    assert compared > 1
