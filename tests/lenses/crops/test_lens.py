"""Small windows of the images that excite a filter, where the images are not shown whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from convatlas.images.codecs.decode import decode
from convatlas.lenses.base import RenderContext
from convatlas.lenses.crops import lens as windows
from convatlas.lenses.crops.lens import BYTES, MOST, SIDE, Crops
from convatlas.model.crops import SMALLEST, box, crop, window
from convatlas.model.facts import Preprocessing
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Record
from convatlas.network.preprocess import prepare
from convatlas.network.trace.layers import record_layers
from support import nets
from support.attribution_records import tops
from support.contexts import render_context_of
from support.example_records import noise, records, shown

Sprites = dict[tuple[str, int], Record]


def blocks(count: int, size: int, side: int = 6) -> list[Image.Image]:
    """Pictures of coloured squares: alike nowhere, and WebP keeps them."""
    random = np.random.default_rng(6)
    pictures = []
    for _ in range(count):
        squares = random.integers(0, 256, (-(-size // side), -(-size // side), 3), np.uint8)
        whole = squares.repeat(side, 0).repeat(side, 1)[:size, :size]
        pictures.append(Image.fromarray(whole))
    return pictures


def cut(context: RenderContext, top: int = 9) -> tuple[RenderContext, Sprites]:
    """The windows of all filters that have some."""
    found = records(context, top)
    known = shown(context, found, "crops")
    requests = list(Crops().requests(known.plan, known.records))
    sprites = {}
    for batch in Crops().render(known, requests):
        for request, record in batch:
            sprites[str(request.layer), int(request.item)] = record
    return known, sprites


def keys(known: RenderContext) -> dict[tuple[str, int], str]:
    requests = Crops().requests(known.plan, known.records)
    return {(str(request.layer), int(request.item)): request.key for request in requests}


def tiles(record: Record) -> list[NDArray[np.int64]]:
    """The windows [h, w, 3] of a sprite, from left to right."""
    pixels = decode(record.pictures["crops"].data).astype(np.int64)
    height, width = record.data["size"]
    assert pixels.shape == (height, width * record.data["count"], 3)
    return [pixels[:, left : left + width] for left in range(0, pixels.shape[1], width)]


class Deep(nn.Module):
    """Layers that see 3, 27 and all of 120 pixels."""

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.near = nn.Conv2d(channels, 3, 3, padding=1)
            self.far = nn.Conv2d(3, 3, 13, stride=2, dilation=2)
            self.whole = nn.Conv2d(3, 2, (42, 48))

    def forward(self, x: Tensor) -> Tensor:
        return self.whole(self.far(self.near(x).relu()).relu())


def wide(channels: int = 3) -> RenderContext:
    """A network for inputs of 100 x 120 pixels out of pictures of 128 x 128."""
    pictures = blocks(24, 128)
    context = render_context_of(Deep(channels).eval(), pictures, size=120, channels=channels)
    layers, _ = record_layers(context.module, (channels, 108, 120))
    preprocessing = Preprocessing(
        (108, 120), (124,), channels, (0.5,) * channels, (0.25,) * channels, "bilinear"
    )
    network = replace(context.plan.network, layers=layers, preprocessing=preprocessing)
    return replace(context, plan=replace(context.plan, network=network))


@pytest.mark.parametrize("channels", [1, 3])
def test_windows_are_what_the_filter_sees_of_its_strongest_images(channels: int) -> None:
    context, sprites = cut(wide(channels), top=12)
    preprocessing = context.plan.network.preprocessing
    assert context.plan.images is not None
    assert context.picture is not None
    ids = [image.id for image in context.plan.images.images]
    seen = [prepare(context.picture(n), preprocessing).astype(np.int64) for n in range(len(ids))]
    assert len(sprites) == 8
    for (name, index), record in sprites.items():
        layer = context.layer(name)
        top = tops(context, name, index)
        assert record.data["count"] == MOST
        for entry, tile in zip(top, tiles(record), strict=False):
            view = window(layer, entry["position"], preprocessing.size)
            left, right = view.left, view.left + view.width
            upper, lower = view.top, view.top + view.height
            edges = box(layer, *entry["position"])
            assert left <= edges[0] < edges[2] <= right
            assert upper <= edges[1] < edges[3] <= lower
            parts = [one[upper:lower, left:right] for one in seen]
            wrong = [np.abs(tile - resized(part, tile)).mean() for part in parts]
            assert ids[int(np.argmin(wrong))] == entry["image"]
            assert min(wrong) < 30 < sorted(wrong)[1]  # colours of small squares run


def resized(part: NDArray[np.int64], like: NDArray[np.int64]) -> NDArray[np.int64]:
    colour = np.broadcast_to(part, (*part.shape[:2], 3)).astype(np.uint8)
    picture = Image.fromarray(colour).resize((like.shape[1], like.shape[0]), Image.Resampling.BOX)
    return np.asarray(picture).astype(np.int64)


def test_windows_have_the_scale_of_their_layer_and_are_small() -> None:
    context, sprites = cut(wide())
    sizes = {name: record.data["size"] for (name, _), record in sprites.items()}
    assert sizes["near"] == [SMALLEST, SMALLEST]
    assert sizes["far"] == [27, 27]
    assert sizes["whole"] == [round(108 * SIDE / 120), SIDE]
    for name, size in sizes.items():
        layer = context.layer(name)
        assert layer.local_field is not None
        position = [0, 0]
        window = crop(box(layer, *position), layer.local_field.size, (108, 120))
        assert abs(window.width / window.height - size[1] / size[0]) < 0.02


def test_the_worst_pictures_there_are_keep_within_the_bytes() -> None:
    """Noise of every pixel by itself is what WebP finds hardest; nine windows of 72 pixels."""
    random = np.random.default_rng(0)
    dots = random.integers(0, 2, (12, 120, 120, 3)).astype(np.uint8) * 255
    pictures = [Image.fromarray(one) for one in dots]
    module = nn.Sequential(nn.Conv2d(3, 2, 119))
    _, sprites = cut(render_context_of(module, pictures, size=120))
    for record in sprites.values():
        assert record.data["count"] == MOST
        assert len(tiles(record)) == MOST
        assert len(record.pictures["crops"].data) < BYTES


def test_there_are_no_more_windows_than_images() -> None:
    _, sprites = cut(render_context_of(nets.Small().eval(), noise(4)))
    assert {record.data["count"] for record in sprites.values()} == {4}
    _, sprites = cut(render_context_of(nets.Small().eval(), noise(30)), top=2)
    assert {record.data["count"] for record in sprites.values()} == {2}


@pytest.mark.parametrize("publish", ["full", "none"])
def test_nothing_is_cut_where_the_set_does_not_ask_for_it(publish: str) -> None:
    context = render_context_of(nets.Small().eval(), noise(12))
    known = shown(context, records(context), "crops")
    assert len(list(Crops().requests(known.plan, known.records))) == 11
    policy = replace(known.plan.policy, publish=publish)
    assert not list(Crops().requests(replace(known.plan, policy=policy), known.records))
    assert not list(Crops().requests(known.plan, RecordIndex()))


def test_a_key_tells_of_the_images_and_the_places() -> None:
    context = render_context_of(nets.Small().eval(), noise(12, size=60), size=60)
    known = shown(context, records(context), "crops")
    before = keys(known)
    top = tops(known, "conv2", 3)
    row, column = top[0]["position"]
    top[0]["position"] = [(row + 12) % 29, (column + 12) % 29]
    after = keys(known)
    assert {place for place in before if before[place] != after[place]} == {("conv2", 3)}


@pytest.mark.parametrize("limit", ["MOST", "SIDE", "BYTES"])
def test_other_limits_are_other_keys(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    context = render_context_of(nets.Small().eval(), noise(4))
    known = shown(context, records(context), "crops")
    before = set(keys(known).values())
    monkeypatch.setattr(windows, limit, 3)
    assert not before & set(keys(known).values())
