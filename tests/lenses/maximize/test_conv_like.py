"""Pictures for linear layers on maps and own convolutions are those for the same convolutions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from torch import nn

from convatlas.lenses.base import RenderContext
from convatlas.lenses.maximize import Maximize as MaximizeLens
from convatlas.lenses.maximize.options import Maximize
from convatlas.model.records import Record
from support.contexts import lens_options, render_context_of
from support.conv_like_networks import mixed, own
from support.maximizing import names, rendered


def pictures(network: nn.Module) -> list[Record]:
    """One record for each layer, with the same random keys for every network."""
    options = Maximize(canvas="fourier", size=16, steps=6, attempts=1, negative=False, second=False)
    context: RenderContext = render_context_of(network, lenses=lens_options(maximize=options))
    first = [r for r in MaximizeLens().requests(context.plan, context.records) if r.item == 1]
    requests = [replace(r, key=key) for r, key in zip(first, names(len(first)), strict=True)]
    found = {request.layer: record for request, record in rendered(context, requests)}
    return [found[layer.name] for layer in context.plan.network.layers]


@pytest.mark.parametrize("pair", [mixed, own])
def test_pictures_are_those_of_the_twin(pair: Callable[[], tuple[nn.Module, nn.Module]]) -> None:
    ours, theirs = (pictures(network) for network in pair())
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert one.data["response"] == pytest.approx(other.data["response"], rel=0.02)
        assert one.data["position"] == other.data["position"]
