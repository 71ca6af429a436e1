"""Circuits that were planted, and drops against networks in which filters are really ablated."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.lenses.base import RenderContext
from convatlas.lenses.circuits import Circuits
from convatlas.lenses.examples.records import read_examples
from convatlas.network.preprocess import prepare
from convatlas.network.responses import as_inputs
from support.circuits_truth import (
    SIZE,
    Planted,
    Rendered,
    photos,
    with_examples,
    with_more_inputs,
)
from support.contexts import CPU, lens_options


@cache
def studio() -> RenderContext:
    return with_examples(Planted(), photos(24))


@cache
def rendered() -> Rendered:
    found = Rendered(studio())
    assert not found.failed
    return found


@cache
def inputs() -> Tensor:
    """All pictures as the network sees them."""
    context = studio()
    preprocessing = context.plan.network.preprocessing
    assert context.picture is not None
    pixels = [prepare(context.picture(index), preprocessing) for index in range(24)]
    return as_inputs(np.stack(pixels), preprocessing, CPU)


def peaks(layer: str, index: int) -> list[tuple[int, int, int]]:
    """Image, row and column of a filter's strongest responses."""
    context = studio()
    assert context.plan.images is not None
    record = read_examples(context.records, layer, index)
    assert record is not None
    place = {image.id: n for n, image in enumerate(context.plan.images.images)}
    return [(place[each["image"]], *each["position"]) for each in record.data["top"]]  # type: ignore[misc]


def at_peaks(layer: str, index: int, responses: Tensor) -> float:
    """The mean response of a filter at the peaks of its strongest images."""
    found = [float(responses[n, index, row, column]) for n, row, column in peaks(layer, index)]
    return sum(found) / len(found)


@torch.no_grad()
def test_a_planted_circuit_is_named_with_its_numbers() -> None:
    net = studio().module
    stem = F.relu(net.stem(inputs()))  # type: ignore[operator]
    means = stem.mean((0, 2, 3))
    told = rendered().inputs("sum", 0)
    assert set(told) == {("stem", 3), ("stem", 7)}
    for filter, weight in ((3, 2), (7, -1)):
        excess = at_peaks("sum", 0, (stem[:, [filter]] - means[filter]).expand(-1, 3, -1, -1))
        assert told["stem", filter] == pytest.approx(weight * excess, rel=1e-3, abs=1e-5)
    data = rendered().filters["sum", 0]
    assert data["total"] == pytest.approx(sum(told.values()), rel=1e-3)
    assert data["total"] == pytest.approx(data["excess"], rel=1e-3)


@torch.no_grad()
@pytest.mark.parametrize("source", ["stem", "block", "expand"])
def test_writers_of_a_stream_lose_what_real_ablation_takes(source: str) -> None:
    net = studio().module

    def late(change: int | None) -> Tensor:
        """The input of ``joined`` where a filter is ablated and no convolution passes it on."""
        stem, block = first, second
        if change is not None and source == "stem":
            stem = set_to_mean(stem, change)
        if change is not None and source == "block":
            block = set_to_mean(block, change)
        y = F.relu(stem + block)
        z = set_to_mean(third, change) if source == "expand" and change is not None else third
        return torch.cat([found, F.relu(y + z)], 1)

    first = F.relu(net.stem(inputs()))  # type: ignore[operator]
    found = F.relu(net.sum(first))  # type: ignore[operator]
    second = net.block(first)  # type: ignore[operator]
    y = F.relu(first + second)
    third = F.relu(net.expand(F.relu(net.squeeze(y))))  # type: ignore[operator]
    before = net.joined(late(None))  # type: ignore[operator]
    compared = 0
    for index in range(8):
        for (layer, filter), drop in rendered().inputs("joined", index).items():
            if layer == source:
                lost = before - net.joined(late(filter))  # type: ignore[operator]
                true = at_peaks("joined", index, lost)
                kept = 1e-5 * rendered().filters["joined", index]["excess"]
                assert drop == pytest.approx(true, rel=1e-3, abs=max(1e-5, kept))
                compared += 1
    assert compared > 5


def set_to_mean(maps: Tensor, filter: int) -> Tensor:
    changed = maps.clone()
    changed[:, filter] = maps[:, filter].mean()
    return changed


@torch.no_grad()
def test_behind_a_bottleneck_drops_are_those_of_real_ablation() -> None:
    net = studio().module
    first = F.relu(net.stem(inputs()))  # type: ignore[operator]
    second = net.block(first)  # type: ignore[operator]

    def expand(y: Tensor) -> Tensor:
        result: Tensor = net.expand(F.relu(net.squeeze(y)))  # type: ignore[operator]
        return result

    before = expand(F.relu(first + second))
    compared = 0
    for index in range(8):
        for (layer, filter), drop in rendered().behind("expand", index).items():
            stem = set_to_mean(first, filter) if layer == "stem" else first
            block = set_to_mean(second, filter) if layer == "block" else second
            true = at_peaks("expand", index, before - expand(F.relu(stem + block)))
            assert drop == pytest.approx(true, rel=1e-3, abs=1e-5)
            compared += 1
    assert compared > 20


@torch.no_grad()
def test_shares_are_of_the_whole_variance() -> None:
    net = studio().module
    stem = F.relu(net.stem(inputs()))  # type: ignore[operator]
    response = net.sum(stem)[:, 0]  # type: ignore[operator]
    centred = response - response.mean()
    for _, filter, _, share, norm, _ in rendered().filters["sum", 0]["exciting"]:
        weight = float(net.sum.weight[0, filter])  # type: ignore[index, union-attr]
        true = float((weight * stem[:, filter] * centred).mean() / centred.square().mean())
        assert share == pytest.approx(true, abs=5.1e-4)
        assert norm == pytest.approx(weight, rel=1e-3)
    wide = Rendered(with_more_inputs(studio()))
    for index in range(8):
        data = wide.filters["block", index]
        listed = (*data["exciting"], *data["inhibiting"])
        assert len(listed) == data["inputs"] == 8
        assert sum(each[3] or 0 for each in listed) == pytest.approx(1, abs=2e-3)


def test_two_reasons_are_told_apart() -> None:
    groups = rendered().filters["sum", 1]["groups"]
    assert groups is not None
    kinds = [image % 2 for image, _, _ in peaks("sum", 1)]
    assert groups in (kinds, [1 - kind for kind in kinds])
    assert rendered().filters["sum", 0]["groups"] is None


def test_a_dead_filter_has_no_inputs_and_all_others_have() -> None:
    found = rendered()
    assert found.filters["sum", 2]["exciting"] == found.filters["sum", 2]["inhibiting"] == []
    for (layer, index), data in found.filters.items():
        if layer != "stem" and (layer, index) != ("sum", 2):
            assert data["exciting"] or data["inhibiting"]
        if layer != "late" and (layer, index) != ("sum", 2):
            assert data["consumers"], (layer, index)
    assert found.layers["stem"]["unknown"] == 3


def test_consumers_are_inputs_the_other_way_round() -> None:
    found = rendered()
    for (layer, index), data in found.filters.items():
        for consumer, other, drop in data["consumers"]:
            told = found.inputs(consumer, other)
            if (layer, index) in told:
                excess = found.filters[consumer, other]["excess"]
                assert drop == pytest.approx(told[layer, index] / excess, rel=5e-3)
    three = [each for each in found.filters["stem", 3]["consumers"] if each[0] == "sum"]
    assert [each[1] for each in three] == [0]


def test_removing_filters_one_at_a_time_agrees() -> None:
    for name, layer in rendered().layers.items():
        if name == "stem":
            assert layer["removal"] is None
        else:
            assert layer["removal"] is not None
            assert layer["removal"]["spearman"] == pytest.approx(1, abs=1e-6)
            assert layer["removal"]["overlap"] == pytest.approx(1)
    assert (rendered().layers["expand"]["behind"] or {})["spearman"] == pytest.approx(1, abs=0.01)
    assert rendered().layers["late"]["behind"] is None


def test_batches_and_parts_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convatlas.lenses.circuits.passes.TOGETHER", {"cpu": 3})
    monkeypatch.setattr("convatlas.lenses.circuits.passes.MOST", 1)
    for place, data in Rendered(studio()).filters.items():
        expected = rendered().filters[place]
        assert data["excess"] == pytest.approx(expected["excess"], rel=1e-3, abs=1e-6)
        assert data["total"] == pytest.approx(expected["total"], rel=1e-3, abs=1e-6)
        assert [each[:2] for each in data["exciting"]] == [e[:2] for e in expected["exciting"]]


def test_a_norm_that_depends_on_the_picture_is_told() -> None:
    net = Planted()
    norm = nn.BatchNorm2d(3, track_running_stats=False)
    net.sum = nn.Sequential(net.sum, norm)  # type: ignore[assignment]
    found = Rendered(with_examples(net, photos(6)))
    reason = found.layers["sum.0"]["reason"]
    assert reason is not None
    assert "depends on the picture" in reason
    assert found.filters["sum.0", 0]["inputs"] == 0
    assert found.layers["joined"]["reason"] is None
    assert found.filters["joined", 0]["exciting"]
    consumers = [name for data in found.filters.values() for name, _, _ in data["consumers"]]
    assert "joined" in consumers
    assert "sum.0" not in consumers


class Folded(nn.Module):
    """Counts on the batch that it was given to have as many pictures everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.first(x))
        if len(x) not in (1, 2, 6):
            raise RuntimeError("one, two or six pictures")
        return self.second(x)


def test_a_network_that_cannot_be_followed_is_told() -> None:
    found = Rendered(with_examples(Folded(), photos(6)))
    assert not found.failed
    reason = found.layers["second"]["reason"]
    assert reason is not None
    assert "one, two or six pictures" in reason
    assert found.filters["second", 1]["exciting"] == []


def test_without_images_or_examples_there_is_nothing_to_tell() -> None:
    plan = studio().plan
    lens = Circuits()
    for without in (
        replace(plan, images=None),
        replace(plan, network=replace(plan.network, single=True)),
        replace(plan, lenses=lens_options(circuits=False)),
        replace(plan, lenses=lens_options(examples=False)),
    ):
        assert not list(lens.requests(without, studio().records))
    assert plan.network.preprocessing.size[0] == SIZE
