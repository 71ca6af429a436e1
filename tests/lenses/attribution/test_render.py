"""The strongest images traced back: what the tiles show, and what is asked for."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convatlas.config import schema
from convatlas.images.codecs.decode import decode
from convatlas.images.signed import signed_picture
from convatlas.lenses.attribution import Attribution, limits
from convatlas.lenses.attribution import render as traced
from convatlas.lenses.attribution.options import Attribution as AttributionOptions
from convatlas.lenses.attribution.render import Tracer
from convatlas.lenses.base import Failed, RenderContext
from convatlas.model.records import Record
from convatlas.network.preprocess import prepare
from support import nets
from support.attribution_records import Two, known, tops, traced_back
from support.contexts import lens_options
from support.example_records import noise

Pixels = NDArray[np.int64]


def tiles(record: Record, method: str) -> list[Pixels]:
    """The tiles [h, w, 3] of a sprite, from left to right."""
    pixels = decode(record.pictures[method].data).astype(np.int64)
    height, width = record.data["tile"]
    assert pixels.shape == (height, width * record.data["count"], 3)
    return [pixels[:, left : left + width] for left in range(0, pixels.shape[1], width)]


def shown_in(context: RenderContext, image: str) -> NDArray[np.float64]:
    """An image of the set as the network takes it: [channels, h, w]."""
    assert context.plan.images is not None
    assert context.picture is not None
    place = [each.id for each in context.plan.images.images].index(image)
    pixels = prepare(context.picture(place), context.plan.network.preprocessing)
    return (pixels.transpose(2, 0, 1) / 255 - 0.5) / 0.25


def test_of_one_convolution_the_tile_is_its_kernel() -> None:
    module = nn.Conv2d(3, 4, 3, padding=1, bias=False)
    random = np.random.default_rng(0)
    kernels = random.integers(-1, 2, (4, 3, 3, 3))
    module.weight.data = torch.from_numpy(kernels).float()
    context = known(nn.Sequential(module), noise(12, size=40), size=40, top=5)
    found = traced_back(context)
    assert sorted(found) == [("0", index) for index in range(4)]
    for (name, index), record in found.items():
        assert record.data["rectifiers"] == 0
        assert list(record.pictures) == ["gradient"]
        assert record.data["count"] == 5
        places = zip(
            tops(context, name, index),
            record.data["windows"],
            tiles(record, "gradient"),
            strict=True,
        )
        for entry, (left, top, width, height), tile in places:
            row, column = entry["position"]
            padded = np.full((42, 42, 3), 128)
            kernel = np.array([0, 128, 255])[kernels[index] + 1].transpose(1, 2, 0)
            padded[row : row + 3, column : column + 3] = kernel
            whole = padded[1:-1, 1:-1]
            assert np.array_equal(tile, whole[top : top + height, left : left + width])


def test_rectifiers_are_passed_as_each_method_says() -> None:
    module = Two()
    context = known(module, noise(8), top=3)
    near, far = (layer.weight.detach().double().numpy() for layer in (module.near, module.far))
    for index in range(3):
        record = traced_back(context)["far", index]
        assert record.data["rectifiers"] == 1
        for rank, entry in enumerate(tops(context, "far", index)):
            row, column = entry["position"]
            seen = shown_in(context, entry["image"])[:, row : row + 5, column : column + 5]
            found = by_hand(near, far[index], seen)
            left, top, width, height = record.data["windows"][rank]
            for method, values in found.items():
                whole = np.zeros((3, 24, 24), np.float32)
                whole[:, row : row + 5, column : column + 5] = values
                expected = signed_picture(whole[:, top : top + height, left : left + width], 72)
                wrong = np.abs(tiles(record, method)[rank] - expected.astype(int))
                assert wrong.max() <= 1, method


def by_hand(
    near: NDArray[np.float64], far: NDArray[np.float64], seen: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """What each method makes of the [3, 5, 5] pixels that one position sees."""
    found = {method: np.zeros((3, 5, 5)) for method in schema.METHODS}
    for row in range(3):
        for column in range(3):
            patch = np.s_[:, row : row + 3, column : column + 3]
            lit = (near * seen[patch]).sum((1, 2, 3)) > 0
            back = far[:, row, column]
            passed = {
                "gradient": back * lit,
                "guided": back.clip(0) * lit,
                "deconvnet": back.clip(0),
            }
            for method, weights in passed.items():
                found[method][patch] += np.tensordot(weights, near, 1)
    return found


@pytest.mark.parametrize("channels", [1, 3])
def test_the_gradient_is_that_of_one_picture_alone(channels: int) -> None:
    module = nets.Small(channels=channels)
    context = known(module, noise(12, channels=channels), channels=channels)
    double = copy.deepcopy(module).double()
    for (name, index), record in traced_back(context).items():
        for rank, entry in enumerate(tops(context, name, index)):
            inputs = torch.from_numpy(shown_in(context, entry["image"])[None]).requires_grad_()
            heard: list[Tensor] = []
            place = double.get_submodule({"conv1": "bn1"}.get(name, name))
            hook = place.register_forward_hook(lambda _m, _i, out, to=heard: to.append(out.clone()))
            double(inputs)
            hook.remove()
            (gradient,) = torch.autograd.grad(heard[0][(0, index, *entry["position"])], inputs)
            left, top, width, height = record.data["windows"][rank]
            window = gradient[0, :, top : top + height, left : left + width].numpy()
            wrong = np.abs(tiles(record, "gradient")[rank] - signed_picture(window, 72).astype(int))
            assert wrong.max() <= 1


def test_a_filter_is_the_same_alone_and_in_company() -> None:
    context = known(nets.Small(), noise(12), top=4)
    whole = traced_back(context)
    requests = list(Attribution().requests(context.plan, context.records))
    for request in reversed(requests):
        ((batch,),) = Attribution().render(context, [request])  # type: ignore[misc]
        assert batch[1] == whole[str(request.layer), int(request.item)]


def test_filters_may_share_a_batch_and_a_filter_may_take_several(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context = known(Two(), noise(12), top=5)
    whole = traced_back(context)
    requests = [
        request
        for request in Attribution().requests(context.plan, context.records)
        if request.layer == "far"
    ]
    monkeypatch.setattr(traced, "PICTURES", {"cpu": 4})
    fresh = replace(context)  # which does not remember how many are traced at once
    tracer = Tracer(fresh, context.layer("far"), context.prepared(9))
    (batch,) = tracer.render(requests)
    assert not isinstance(batch, Failed)
    assert len(batch) == 3
    for request, record in batch:
        alone = whole["far", int(request.item)]
        assert record.data == alone.data
        for method in schema.METHODS:
            pairs = zip(tiles(record, method), tiles(alone, method), strict=True)
            assert all(np.abs(one - other).max() <= 1 for one, other in pairs)


class Deep(nn.Module):
    """A layer that sees 119 pixels, behind one that sees three."""

    def __init__(self) -> None:
        super().__init__()
        self.near = nn.Conv2d(3, 4, 3)
        self.far = nn.Conv2d(4, 2, 117)

    def forward(self, x: Tensor) -> Tensor:
        return self.far(self.near(x).relu())


def test_large_windows_are_shown_small_and_in_few_bytes() -> None:
    found = traced_back(known(Deep(), noise(12, size=120), size=120, top=9))
    height, width = found["far", 0].data["tile"]
    assert height == width in limits.SIDES
    for record in found.values():
        assert record.data["count"] == 9
        assert all(len(picture.data) <= limits.BYTES for picture in record.pictures.values())


def test_there_are_no_more_tiles_than_asked_for_and_no_more_than_images() -> None:
    assert counts(known(nets.Small(), noise(12), top=5, methods=["guided"])) == {5}
    context = known(nets.Small(), noise(12), top=5)
    fewer = lens_options(attribution=AttributionOptions(top=2))
    assert counts(replace(context, plan=replace(context.plan, lenses=fewer))) == {2}
    assert counts(known(nets.Small(), noise(4), top=9)) == {4}


def counts(context: RenderContext) -> set[int]:
    return {record.data["count"] for record in traced_back(context).values()}


def test_only_the_chosen_methods_are_shown() -> None:
    found = traced_back(known(Two(), noise(4), methods=["gradient", "deconvnet"]))
    assert list(found["far", 0].pictures) == ["deconvnet", "gradient"]
    assert list(found["near", 0].pictures) == ["gradient"]
