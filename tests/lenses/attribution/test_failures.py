"""Layers and filters that cannot be traced back, and what becomes of the others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from convatlas.lenses.attribution import render as traced
from convatlas.lenses.attribution.options import Attribution as AttributionOptions
from convatlas.model.records import RecordRequest, StoredRecord
from support import nets
from support.attribution_records import Two, attempt, known, traced_back
from support.contexts import lens_options, render_context_of
from support.example_records import noise


class Cut(nn.Module):
    """Three layers, of which no gradient of the second finds its way to the picture."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 2, 3)
        self.cut = nn.Conv2d(2, 2, 3)
        self.last = nn.Conv2d(2, 2, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x).relu()
        return self.cut((x * 99).long().float()).sum() + self.last(x)


def test_a_layer_that_cannot_be_traced_leaves_the_others() -> None:
    found, failed = attempt(known(Cut(), noise(4)))
    assert sorted(found) == [("first", 0), ("first", 1), ("last", 0), ("last", 1)]
    ((requests, reason),) = [(each.requests, each.reason) for each in failed]
    assert {(request.layer, request.item) for request in requests} == {("cut", 0), ("cut", 1)}
    assert "cut" in reason
    assert "leave it out with `layers:`" in reason


def test_what_the_network_raises_is_told_of_its_layer_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context = known(Two(), noise(4))
    back = traced.Trace.back

    def broken(self: traced.Trace, layer: str, *rest: Any) -> Tensor:
        if layer == "near":
            raise ValueError("no such luck")
        return back(self, layer, *rest)

    monkeypatch.setattr(traced.Trace, "back", broken)
    found, failed = attempt(context)
    assert {name for name, _ in found} == {"far"}
    assert len(failed) == 1
    assert len(failed[0].requests) == 4
    assert failed[0].reason.startswith("attribution of near: ValueError: no such luck")


def test_what_is_not_finite_is_named() -> None:
    module = Two()
    with torch.no_grad():
        module.near.weight.fill_(1e25)
        module.far.weight[0], module.far.weight[1:] = 1e25, 1e-25
    context = render_context_of(module, noise(3))
    assert context.plan.images is not None
    top = [{"image": image.id, "position": [4, 5]} for image in context.plan.images.images]
    for index in range(3):
        request = RecordRequest(str(index), "examples", "far", index)
        stored = StoredRecord({"top": top}, {})
        context.records.add(request, stored)
    lenses = lens_options(attribution=AttributionOptions())
    found, failed = attempt(replace(context, plan=replace(context.plan, lenses=lenses)))
    assert sorted(found) == [("far", 1), ("far", 2)]
    (only,) = failed
    assert [request.item for request in only.requests] == [0]
    assert "far" in only.reason
    assert "(filters 0)" in only.reason


def test_the_network_is_left_as_it_was() -> None:
    module = nets.Small()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    traced_back(known(module, noise(6)))
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert all(parameter.grad is None for parameter in module.parameters())
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in module.modules())


def test_what_was_done_before_a_failure_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    context = known(Two(), noise(4))
    whole, _ = attempt(context)
    seeds = traced._seeds

    def broken(response: Tensor, samples: Any) -> Tensor:
        if samples[0][0] == 2:
            raise RuntimeError("no more")
        return seeds(response, samples)

    monkeypatch.setattr(traced, "_seeds", broken)
    found, failed = attempt(context)
    assert found == {place: record for place, record in whole.items() if place[1] < 2}
    lost = sorted(
        (str(request.layer), int(request.item)) for each in failed for request in each.requests
    )
    assert lost == [("far", 2), ("near", 2), ("near", 3)]
