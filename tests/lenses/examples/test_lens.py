"""What the lens says of each filter equals a naive loop over all images and positions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.lenses.base import PublishPolicy, RenderContext
from convatlas.lenses.examples import Examples
from convatlas.lenses.examples.options import Examples as ExamplesOptions
from convatlas.model.crops import box
from convatlas.model.facts import Layer
from convatlas.model.record_index import RecordIndex
from support import nets
from support.brute_force import Truth
from support.contexts import lens_options, render_context_of
from support.example_records import attempt, labelled, noise, only, prepared, records, responses

KINDS = [("cat", 0), ("dog", 1), ("dog", 2), (None, None), ("cat", 0), (None, 7), ("ant", None)]


def compared(context: RenderContext, pictures: list[Image.Image], top: int = 5) -> None:
    """Every filter of every layer against the naive loop; what was drawn is common to all."""
    facts = context.plan.images
    assert facts is not None
    kinds = [(image.label, image.target) for image in facts.images]
    ids = [image.id for image in facts.images]
    layers = [layer for layer, _ in context.plan.layers()]
    maps = responses(context.module, layers, prepared(context, pictures))
    found = records(context, top)
    assert len(found) == sum(layer.filters for layer in layers)
    drawn = {}
    for layer in layers:
        near = 3e-6 * float(np.abs(maps[layer.name]).max())
        truth = Truth(maps[layer.name], ids, kinds, top, near)
        for index in range(layer.filters):
            data = found[layer.name, index].data
            drawn[layer.name, index] = truth.check(index, data), data
    common = set().union(*(images for images, _ in drawn.values()))
    assert len(common) <= 3
    for images, data in drawn.values():
        assert common <= images | {entry["image"] for entry in data["range"]}


@pytest.mark.parametrize("count", [1, 2, 7, 40, 130])
def test_equal_to_brute_force_on_every_layer(count: int) -> None:
    pictures = noise(count)
    context = render_context_of(nets.Small().eval(), pictures)
    compared(labelled(context, [KINDS[number % len(KINDS)] for number in range(count)]), pictures)


def test_equal_to_brute_force_for_grey_pictures_without_labels() -> None:
    pictures = noise(19, channels=1)
    compared(render_context_of(nets.Small(channels=1).eval(), pictures, channels=1), pictures)


class Odd(nn.Module):
    """A layer called three times, twice on the same; a concatenation; a transposed layer; 1 x 1."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(1)
            self.twice = nn.Conv2d(3, 3, 3, stride=2, padding=1)
            self.left = nn.Conv2d(3, 2, 1)
            self.right = nn.Conv2d(3, 2, 3, padding=1)
            self.up = nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1)
            self.point = nn.Conv2d(3, 4, 11)

    def forward(self, x: Tensor) -> Tensor:
        a = F.relu(self.twice(x))
        b = F.relu(self.twice(a))
        b = b + F.relu(self.twice(a))
        c = torch.cat([self.left(b), self.right(b)], 1)
        return self.point(F.relu(self.up(F.relu(c))))


@pytest.fixture(scope="module")
def odd() -> tuple[RenderContext, list[Image.Image]]:
    pictures = noise(21, seed=3)
    return render_context_of(Odd().eval(), pictures), pictures


def test_equal_to_brute_force_where_layers_are_called_again_and_transposed(
    odd: tuple[RenderContext, list[Image.Image]],
) -> None:
    names = [layer.name for layer, _ in odd[0].plan.layers()]
    assert names == ["twice", "twice@2", "twice@3", "left", "right", "up", "point"]
    maps = {layer.name: layer.map_size for layer, _ in odd[0].plan.layers()}
    assert (maps["up"], maps["point"]) == ((11, 11), (1, 1))
    compared(odd[0], odd[1])


def test_a_box_holds_all_that_the_response_depends_on(
    odd: tuple[RenderContext, list[Image.Image]],
) -> None:
    context, pictures = odd
    inputs = prepared(context, pictures)
    found = records(context, top=2)
    facts = context.plan.images
    assert facts is not None
    ids = [image.id for image in facts.images]
    module = Odd().double()
    module.load_state_dict(context.module.state_dict())
    for layer, _ in context.plan.layers():
        for kind in ("top", "lowest", "range"):
            for entry in found[layer.name, 0].data[kind]:
                picture = inputs[ids.index(entry["image"])][None].clone().requires_grad_()
                value = called(module, layer, picture)[0, 0][tuple(entry["position"])]
                assert value.item() == pytest.approx(entry["response"], abs=1e-5)
                value.backward()
                assert picture.grad is not None
                rows, columns = picture.grad[0].abs().sum(0).nonzero(as_tuple=True)
                left, top, right, bottom = box(layer, *entry["position"])
                if len(rows):
                    assert top <= rows.min() <= rows.max() < bottom
                    assert left <= columns.min() <= columns.max() < right


def called(module: nn.Module, layer: Layer, inputs: Tensor) -> Tensor:
    """The layer's own response, with its graph."""
    heard: list[Tensor] = []
    handle = module.get_submodule(layer.module).register_forward_hook(
        lambda _module, _inputs, out: heard.append(out)
    )
    module(inputs)
    handle.remove()
    return heard[int(layer.name.partition("@")[2] or 1) - 1]


def test_a_record_does_not_depend_on_its_company_or_the_order_of_asks() -> None:
    context = render_context_of(nets.Small().eval(), noise(40))
    whole = records(context)
    for layers in (["conv1"], ["conv2"]):
        alone = records(only(context, layers))
        assert alone == {place: record for place, record in whole.items() if place[0] in layers}
    requests = list(Examples().requests(context.plan, context.records))
    for order in (requests[::-1], requests[1::2] + requests[::2], requests[3:4]):
        found = [pair for batch in Examples().render(context, order) for pair in batch]
        assert sorted(request.key for request, _ in found) == sorted(
            request.key for request in order
        )
        for request, record in found:
            assert record == whole[str(request.layer), int(request.item)]


def test_keys_depend_on_what_the_records_depend_on() -> None:
    context = render_context_of(nets.Small().eval(), noise(4)).plan
    assert context.images is not None
    first = [request.key for request in Examples().requests(context, RecordIndex())]
    assert len(set(first)) == 11
    others = [
        replace(context, images=replace(context.images, fingerprint="another")),
        replace(context, lenses=lens_options(examples=ExamplesOptions(top=4))),
        replace(context, lenses=lens_options(examples=ExamplesOptions(lowest=4))),
        replace(context, policy=PublishPolicy("none", False)),
        render_context_of(nets.Small(seed=5).eval(), noise(4)).plan,
    ]
    for other in others:
        assert not {request.key for request in Examples().requests(other, RecordIndex())} & set(
            first
        )
    shown = replace(context, policy=PublishPolicy("none", True))
    assert [request.key for request in Examples().requests(shown, RecordIndex())] == first


def test_without_heat_maps_all_else_is_the_same() -> None:
    context = render_context_of(nets.Small().eval(), noise(12))
    dark = replace(context, plan=replace(context.plan, policy=PublishPolicy("none", False)))
    lit, unlit = records(context), records(dark)
    for place, record in unlit.items():
        assert not record.pictures
        assert record.blobs == lit[place].blobs
        assert record.data == {**lit[place].data, "heat": None}
        assert lit[place].data["heat"] is not None


class Wild(nn.Module):
    """Filters of the second layer overflow on bright pictures: to infinity, and to no number."""

    def __init__(self) -> None:
        super().__init__()
        self.calm = nn.Conv2d(3, 3, 1)
        self.wild = nn.Conv2d(3, 6, 1, bias=False)
        with torch.no_grad():
            self.calm.weight.copy_(torch.eye(3)[:, :, None, None])
            self.calm.bias.fill_(0.0)
            self.wild.weight.copy_(torch.ones(6, 3, 1, 1) * torch.arange(1, 7)[:, None, None, None])
            self.wild.weight[1] = 3e38
            self.wild.weight[3, 0], self.wild.weight[3, 1:] = 3e38, -3e38
            self.wild.weight[4] = -3e38

    def forward(self, x: Tensor) -> Tensor:
        return self.wild(self.calm(x))


def test_a_filter_that_overflows_on_one_image_fails_alone_and_by_name() -> None:
    dark = noise(20)
    pictures = [Image.fromarray(np.asarray(p) // 16 + 120) for p in dark]
    pictures[13] = Image.new("RGB", (24, 24), (255, 255, 255))
    context = render_context_of(Wild().eval(), pictures)
    found, failed = attempt(context)
    requests = [request for each in failed for request in each.requests]
    assert {(request.layer, request.item) for request in requests} == {
        ("wild", 1),
        ("wild", 3),
        ("wild", 4),
    }
    assert all("wild" in each.reason and "1, 3, 4" in each.reason for each in failed)
    assert len(found) == 6
    for index in (0, 2, 5):
        data = found["wild", index].data
        assert data["top"][0]["image"] == context.plan.images.images[13].id  # type: ignore[union-attr]
        assert np.isfinite(data["std"])


def test_a_filter_whose_squares_overflow_fails_alone() -> None:
    module = Wild().eval()
    with torch.no_grad():
        module.wild.weight.copy_(torch.ones_like(module.wild.weight))
        module.wild.weight[2] = 1e25
    found, failed = attempt(render_context_of(module, noise(5)))
    assert [request.item for each in failed for request in each.requests] == [2]
    assert len(found) == 8


def test_a_filter_without_numbers_takes_no_place_among_the_first() -> None:
    module = Wild().eval()
    with torch.no_grad():
        module.wild.weight[[1, 3, 4]] = torch.nan
    found, failed = attempt(render_context_of(module, noise(5, seed=9)))
    assert [request.item for each in failed for request in each.requests] == [1, 3, 4]
    assert sum(found["wild", index].data["among"]["1"] for index in (0, 2, 5)) == pytest.approx(1)


class Embedded(nn.Module):
    """One layer looks at a parameter, not at the picture: one map however many pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.randn(1, 3, 24, 24))
        self.own = nn.Conv2d(3, 2, 3)
        self.seen = nn.Conv2d(3, 2, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.seen(x) + self.own(self.table)


@pytest.mark.parametrize("count", [2, 16, 33])
def test_a_layer_that_does_not_look_at_the_pictures_fails_alone(count: int) -> None:
    found, failed = attempt(render_context_of(Embedded().eval(), noise(count)))
    assert [len(each.requests) for each in failed] == [2]
    assert "own" in failed[0].reason
    assert set(found) == {("seen", 0), ("seen", 1)}


class Still(nn.Module):
    """Filter 0 answers 0.3 to everything, 1 is always below zero, 2 is never seen changing sign."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3)
        with torch.no_grad():
            self.conv.weight[0] = 0
            self.conv.bias.copy_(torch.tensor([0.3, -1000.0, 1000.0]))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv(x))


def test_a_constant_filter_has_no_spread_and_the_first_images() -> None:
    context = labelled(render_context_of(Still().eval(), noise(20)), [("a", 0), ("b", 1)] * 10)
    record = records(context, top=4)["conv", 0]
    data = record.data
    assert context.plan.images is not None
    ids = [image.id for image in context.plan.images.images]
    assert (data["bounds"], data["std"]) == ({"highest": 0.3, "lowest": 0.3}, 0)
    assert data["std_highest"] == pytest.approx(0, abs=1e-7)
    for kind, count in (("top", 4), ("lowest", 3)):
        assert [entry["image"] for entry in data[kind]] == ids[:count]
    assert data["range"][0]["image"] == ids[0]
    assert [e["quantile"] for e in data["range"]].count(1) == 1
    assert data["histogram"] == {"edges": [0.3, 0.3], "counts": [20]}
    assert len(data["positions"]["counts"]) == 1
    assert all(abs(each["gap"] or 0) < 1e-6 for each in data["classes"])
    assert data["selectivity"] == 0
    assert not any(record.blobs["sketch"])


def test_filters_on_one_side_of_zero() -> None:
    found = records(render_context_of(Still().eval(), noise(20)))
    below, above = found["conv", 1].data, found["conv", 2].data
    assert below["bounds"]["highest"] < -900
    assert (below["share_images"], below["share_positions"]) == (0, 0)
    assert (above["share_images"], above["share_positions"]) == (1, 1)
    assert below["selectivity"] is None


def test_fewer_images_than_are_kept() -> None:
    context = render_context_of(nets.Small().eval(), noise(3))
    for record in records(context, top=8).values():
        assert len(record.data["top"]) == len(record.data["lowest"]) == 3
        assert [entry["tile"] for entry in record.data["lowest"]] == [3, 4, 5]
        assert record.pictures["heat"].width == 6 * record.data["heat"][1]
