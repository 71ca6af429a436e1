"""Pictures followed through a network: against plain forward and backward passes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.images.codecs.decode import decode
from convatlas.images.signed import feature_map
from convatlas.lenses.base import Failed, RenderContext
from convatlas.lenses.probes import Probes
from convatlas.lenses.probes.lens import LAYER, PAGE, allowance
from convatlas.lenses.probes.render import extent
from convatlas.model.crops import around, box
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Record
from support.nets import Known, Small
from support.probing import identity, noise, probe_of, probing, rendered

LAYERS = ("conv1", "conv2")
METHODS = ("deconvnet", "guided", "gradient")


def plain(module: nn.Module, picture: Image.Image) -> Tensor:
    """The network's input, as one that needs gradients."""
    values = torch.from_numpy(np.array(picture)).permute(2, 0, 1).float()[None] / 255
    return ((values - 0.5) / 0.25).requires_grad_()


def hooked(module: nn.Module, layer: str, inputs: Tensor) -> Tensor:
    """The output of a module in a plain forward pass, before what follows writes to it."""
    kept: list[Tensor] = []
    handle = module.get_submodule(layer).register_forward_hook(
        lambda _, __, output: kept.append(output.clone())
    )
    module(inputs)
    handle.remove()
    return kept[0]


def tiles(record: Record, name: str, columns: int) -> list[NDArray[np.uint8]]:
    """The tiles of a sprite, row by row."""
    pixels = decode(record.pictures[name].data)
    height, width = record.data["tile"]
    assert pixels.shape[1] == columns * width
    return [
        pixels[top : top + height, left : left + width]
        for top in range(0, pixels.shape[0], height)
        for left in range(0, pixels.shape[1], width)
    ]


@pytest.fixture(scope="module")
def context() -> RenderContext:
    picture = noise(1)
    return probing(Small(), [probe_of(picture, LAYERS)], pictures=[picture])


def test_numbers_and_order_are_those_of_a_plain_forward_pass(context: RenderContext) -> None:
    records = rendered(Probes(), context)
    for layer, module in (("conv1", "bn1"), ("conv2", "conv2")):  # the response is after the norm
        response = hooked(context.module, module, plain(context.module, noise(1)))[0].detach()
        data = records[layer, "noise", "maps"].data
        means = response.double().mean((1, 2)).numpy()
        np.testing.assert_allclose(data["means"], means, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(data["highest"], response.amax((1, 2)).numpy(), rtol=1e-5)
        assert [entry["index"] for entry in data["top"]] == np.argsort(-means)[:3].tolist()
        for entry in data["top"]:
            found = response[entry["index"]]
            assert found[tuple(entry["position"])] == found.max()
            assert entry["mean"] == data["means"][entry["index"]]


def test_every_feature_map_stands_in_the_sprite_in_the_order_of_the_indices(
    context: RenderContext,
) -> None:
    records = rendered(Probes(), context)
    response = hooked(context.module, "bn1", plain(context.module, noise(1)))[0].detach().numpy()
    record = records["conv1", "noise", "maps"]
    assert record.data["columns"] == 6
    found = tiles(record, "maps", 6)
    for values, tile in zip(response, found, strict=True):
        np.testing.assert_array_equal(tile, feature_map(values, 24))


@pytest.mark.parametrize("layer", LAYERS)
def test_the_gradient_is_autograds_own(context: RenderContext, layer: str) -> None:
    record = rendered(Probes(), context)[layer, "noise", "gradient"]
    top = rendered(Probes(), context)[layer, "noise", "maps"].data["top"]
    assert record.data["filters"] == [entry["index"] for entry in top]
    for entry, window, tile in zip(
        top, record.data["windows"], tiles(record, "tiles", 3), strict=True
    ):
        inputs = plain(context.module, noise(1))
        response = hooked(context.module, {"conv1": "bn1"}.get(layer, layer), inputs)
        response[(0, entry["index"], *entry["position"])].backward()
        assert inputs.grad is not None
        left, upper, width, height = window
        found = inputs.grad[0, :, upper : upper + height, left : left + width].numpy()
        assert np.abs(found).sum() >= 0.9 * inputs.grad.abs().sum().item()
        signs = np.where(tile.astype(int) > 150, 1, np.where(tile.astype(int) < 106, -1, 0))
        strong = np.abs(found) > 0.3 * np.abs(found).max()
        assert (signs.transpose(2, 0, 1)[strong] == np.sign(found)[strong]).all()


class Rectified(nn.Module):
    """Two layers of one filter: weights of both signs before and after a rectifier."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 2, 1, bias=False)
        self.second = nn.Conv2d(2, 1, 1, bias=False)
        with torch.no_grad():
            self.first.weight.copy_(torch.tensor([[1.0, 0, 0], [0, 1.0, 0]])[..., None, None])
            self.second.weight.copy_(torch.tensor([[1.0, -1.0]])[..., None, None])

    def forward(self, x: Tensor) -> Tensor:
        return self.second(F.relu(self.first(x)))


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        # red on, green on: gradient +red -green; the rules drop the negative way back
        ((255, 200, 0), {"gradient": [1, -1, 0], "guided": [1, 0, 0], "deconvnet": [1, 0, 0]}),
        # red off: the rectifier drops it for gradient and guided, but not for the deconvnet
        ((0, 200, 0), {"gradient": [0, -1, 0], "guided": [0, 0, 0], "deconvnet": [1, 0, 0]}),
    ],
)
def test_the_methods_differ_as_their_rules_say(
    colour: tuple[int, int, int], expected: dict[str, list[int]]
) -> None:
    picture = Image.new("RGB", (24, 24), colour)
    probe = probe_of(picture, ["second"], top=1)
    records = rendered(Probes(), probing(Rectified(), [probe], pictures=[picture]))
    for method in METHODS:
        record = records["second", "noise", method]
        assert record.data["rectifiers"] == 1
        tile = tiles(record, "tiles", 1)[0].astype(int) - 128
        strongest = tile.reshape(-1, 3)[np.abs(tile).sum(-1).argmax()]
        assert np.sign(np.where(np.abs(strongest) > 4, strongest, 0)).tolist() == expected[method]


def test_from_the_whole_map_every_positive_position_counts_by_its_response() -> None:
    picture = Image.new("RGB", (24, 24), (0, 0, 0))
    picture.paste((255, 255, 255), (6, 0, 18, 24))
    probe = probe_of(picture, ["first"], top=4, start="map", methods=["gradient"])
    record = rendered(Probes(), probing(Known(), [probe], pictures=[picture]))[
        "first", "noise", "gradient"
    ]
    assert record.data["windows"] == [[0, 0, 24, 24]] * 4
    brightness = record.data["filters"].index(2)
    tile = tiles(record, "tiles", 4)[brightness].astype(int) - 128
    assert (tile[:, 8:16] > 60).all()  # where it is bright
    assert (np.abs(tile[:, :4]) < 4).all()  # where the response is below zero


def test_windows_are_of_one_size_and_hold_what_counts() -> None:
    gradients = np.zeros((2, 3, 40, 40), np.float32)
    boxes = [[10, 10, 31, 31], [5, 5, 26, 26]]
    gradients[0, :, 18:23, 18:23] = 1  # five pixels about the middle of the first box
    gradients[1, 0, 13:18, 13:18] = -1
    assert extent(gradients, boxes) == 5
    window = around(boxes[0], 5, (40, 40))
    assert (window.left, window.top, window.width, window.height) == (18, 18, 5, 5)
    even = [[10, 10, 30, 30], [5, 5, 25, 25]]  # their middles lie between pixels
    assert extent(gradients, even) == 6


def test_windows_follow_the_position_and_stay_in_the_picture(context: RenderContext) -> None:
    records = rendered(Probes(), context)
    for layer in LAYERS:
        windows = {str(records[layer, "noise", method].data["windows"]) for method in METHODS}
        assert len(windows) == 1  # so that methods can be compared
        for entry, window in zip(
            records[layer, "noise", "maps"].data["top"],
            records[layer, "noise", "guided"].data["windows"],
            strict=True,
        ):
            left, top, right, bottom = box(context.layer(layer), *entry["position"])
            assert window[0] <= (left + right) / 2 <= window[0] + window[2]
            assert window[1] <= (top + bottom) / 2 <= window[1] + window[3]
            assert window[0] >= 0
            assert window[0] + window[2] <= 24


def test_a_layer_before_any_rectifier_says_so(context: RenderContext) -> None:
    records = rendered(Probes(), context)
    first = {records["conv1", "noise", method].pictures["tiles"].data for method in METHODS}
    assert len(first) == 1
    assert records["conv1", "noise", "guided"].data["rectifiers"] == 0
    assert records["conv2", "noise", "guided"].data["rectifiers"] == 1


def test_a_probe_that_is_added_asks_for_itself_alone() -> None:
    pictures = [noise(1), noise(2)]
    one = probing(Small(), [probe_of(pictures[0], LAYERS)], pictures=pictures)
    both = [probe_of(pictures[0], LAYERS), probe_of(pictures[1], LAYERS, name="other")]
    before = {request.key for request in Probes().requests(one.plan, one.records)}
    after = list(Probes().requests(replace(one.plan, probes=both), one.records))
    assert {request.item for request in after if request.key not in before} == {"other"}
    assert len(before) == 1 + 2 * 4


def test_a_name_is_no_part_of_a_key_and_all_that_counts_is() -> None:
    picture = noise(1)
    context = probing(Small(), [], pictures=[picture]).plan

    def keys(**changes: object) -> set[str]:
        probe = replace(probe_of(picture, LAYERS), **changes)  # type: ignore[arg-type]
        asked = Probes().requests(replace(context, probes=[probe]), RecordIndex())
        return {request.key for request in asked}

    assert keys() == keys(name="another")
    assert not (keys() & keys(picture="0" * 12))
    assert len(keys() & keys(start="map")) == 3  # the picture and the two layers' maps
    assert len(keys() & keys(top=4)) == 1
    assert keys(methods=("guided",)) < keys()  # what another method adds is its own


def test_how_many_classes_have_names_is_part_of_the_predictions_key_alone() -> None:
    picture = noise(1)
    context = probing(Small(), [probe_of(picture, LAYERS)], pictures=[picture]).plan
    named = replace(context, network=replace(context.network, classes=("a", "b", "c", "d")))
    requests = [
        {request.key: request for request in Probes().requests(each, RecordIndex())}
        for each in (context, named)
    ]
    assert [requests[1][key].role for key in requests[1].keys() - requests[0].keys()] == ["picture"]


def test_what_is_rendered_alone_is_what_is_rendered_in_company(context: RenderContext) -> None:
    every = rendered(Probes(), context)
    for request in Probes().requests(context.plan, context.records):
        alone = rendered(Probes(), context, [request])[request.layer, request.item, request.role]
        assert alone == every[request.layer, request.item, request.role]


def test_sprites_share_a_page() -> None:
    for layers in (1, 26, 53, 500):
        maps, traced = allowance(layers)
        assert maps + 3 * traced <= min(LAYER, PAGE // layers)


def test_a_layer_whose_response_is_not_finite_fails_alone() -> None:
    module = Small()
    with torch.no_grad():
        module.conv2.weight[0] = torch.inf
    picture = noise(1)
    context = probing(module, [probe_of(picture, LAYERS)], pictures=[picture])
    batches = list(Probes().render(context, list(Probes().requests(context.plan, context.records))))
    failed = [batch for batch in batches if isinstance(batch, Failed)]
    assert {request.layer for batch in failed for request in batch.requests} == {"conv2"}
    assert {"conv2" in batch.reason for batch in failed} == {True}
    assert sum(len(batch) for batch in batches if isinstance(batch, list)) == 1 + 4


class Cut(Small):
    """A network whose gradient does not get beyond its head's input."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward((x * 99).long().float())


def test_feature_maps_are_there_where_no_gradient_is() -> None:
    picture = noise(1)
    context = probing(Cut(), [probe_of(picture, LAYERS)], pictures=[picture])
    batches = list(Probes().render(context, list(Probes().requests(context.plan, context.records))))
    there = {request.role for batch in batches if isinstance(batch, list) for request, _ in batch}
    assert there == {"picture", "maps"}
    failed = [batch for batch in batches if isinstance(batch, Failed)]
    for layer, batch in zip(LAYERS, failed, strict=True):
        assert f"no gradient of {layer} reaches the picture: it ends at long" in batch.reason


class Moody(Small):
    """A network whose own code refuses dark pictures."""

    def forward(self, x: Tensor) -> Tensor:
        if x.mean() < -0.5:
            raise ValueError("too dark")
        return super().forward(x)


def test_a_probe_that_the_network_refuses_leaves_the_others() -> None:
    pictures = [Image.new("RGB", (24, 24), 0), noise(1)]
    probes = [
        probe_of(picture, LAYERS, name=name)
        for picture, name in zip(pictures, ("dark", "light"), strict=True)
    ]
    context = probing(Moody(), probes, pictures=pictures)
    batches = list(Probes().render(context, list(Probes().requests(context.plan, context.records))))
    there = {
        (request.item, request.role)
        for batch in batches
        if isinstance(batch, list)
        for request, _ in batch
    }
    assert there == {("light", role) for role in ("picture", "maps", *METHODS)}
    (reason,) = {batch.reason for batch in batches if isinstance(batch, Failed)}
    assert reason.startswith("probe dark: ValueError: too dark")


def test_the_picture_is_shown_as_the_network_sees_it(context: RenderContext) -> None:
    record = rendered(Probes(), context)[None, "noise", "picture"]
    np.testing.assert_array_equal(decode(record.pictures["picture"].data), np.array(noise(1)))
    assert identity(noise(1)) == context.plan.probes[0].picture


class Writing(Small):
    """A network that writes to its input."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.mul_(0.5).add_(1))


def test_a_network_may_write_to_its_input() -> None:
    picture = noise(1)
    context = probing(Writing(), [probe_of(picture, LAYERS)], pictures=[picture])
    every = rendered(Probes(), context)
    maps = [
        request
        for request in Probes().requests(context.plan, context.records)
        if request.role == "maps"
    ]
    alone = rendered(Probes(), context, maps)
    for place, record in alone.items():
        assert record.data == every[place].data
