"""Every lens shows pictures one at a time to a network that needs it."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convatlas.images.codecs.decode import decode
from convatlas.images.signed import signed_picture
from convatlas.lenses.attribution.options import Attribution
from convatlas.lenses.base import RenderContext
from convatlas.lenses.examples import Examples
from convatlas.lenses.maximize import Maximize as MaximizeLens
from convatlas.lenses.maximize.options import Maximize
from support.attribution_records import tops, traced_back
from support.company import Deviation, OneByOne, one_at_a_time
from support.contexts import lens_options, render_context_of
from support.example_records import noise, prepared, records, responses, shown
from support.maximizing import attempted, rendered

COUNT = 12
networks = pytest.mark.parametrize("kind", [Deviation, OneByOne])


def studio(kind: type[nn.Module]) -> RenderContext:
    return one_at_a_time(render_context_of(kind(), noise(COUNT)))


@networks
def test_evidence_is_that_of_single_pictures(kind: type[nn.Module]) -> None:
    context = studio(kind)
    assert context.picture is not None
    inputs = prepared(context, [context.picture(place) for place in range(COUNT)])
    maps = responses(context.module, context.plan.network.layers, inputs)
    found = records(context)
    assert len(found) == 7
    for (layer, index), record in found.items():
        own = maps[layer][:, index]
        assert record.data["bounds"]["highest"] == pytest.approx(own.max(), rel=1e-5)
        assert record.data["bounds"]["lowest"] == pytest.approx(own.min(), rel=1e-5)
        assert record.data["mean"] == pytest.approx(own.mean(), rel=1e-4, abs=1e-5)


@networks
def test_attribution_is_that_of_single_pictures(kind: type[nn.Module]) -> None:
    context = studio(kind)
    context = shown(context, records(context, 3), "full")
    lenses = lens_options(attribution=Attribution())
    context = replace(context, plan=replace(context.plan, lenses=lenses))
    for (layer, index), record in traced_back(context).items():
        assert record.data["rectifiers"] == (layer == "far")
        for rank, top in enumerate(tops(context, layer, index)):
            left, high, width, height = record.data["windows"][rank]
            gradient = gradient_of(context, top["image"], layer, (index, *top["position"]))
            window = gradient[:, high : high + height, left : left + width].float().numpy()
            tile = tiles(decode(record.pictures["gradient"].data), record.data["count"])[rank]
            wrong = np.abs(tile.astype(int) - signed_picture(window, 72).astype(int))
            assert wrong.max() <= 1


def gradient_of(
    context: RenderContext, image: str, layer: str, place: tuple[int, int, int]
) -> Tensor:
    """The gradient [channels, h, w] of one response to one image, shown alone."""
    assert context.plan.images is not None
    assert context.picture is not None
    ids = [each.id for each in context.plan.images.images]
    inputs = prepared(context, [context.picture(ids.index(image))]).requires_grad_()
    double, heard = copy.deepcopy(context.module).double(), list[Tensor]()
    double.get_submodule(layer).register_forward_hook(lambda _m, _i, out: heard.append(out))
    double(inputs)
    return torch.autograd.grad(heard[0][(0, *place)], inputs)[0][0]


def tiles(sheet: NDArray[np.uint8], count: int) -> list[NDArray[np.uint8]]:
    return np.split(sheet, count, axis=1)


@networks
@pytest.mark.parametrize("diversity", [0, 2])
def test_maximised_pictures_score_what_they_score_alone(
    kind: type[nn.Module], diversity: int
) -> None:
    options = Maximize(
        canvas="fourier", size=16, steps=4, attempts=1, second=False, diversity=diversity
    )
    context = render_context_of(kind(), size=16, lenses=lens_options(maximize=options))
    for (layer, index, role), (record, *_) in attempted(one_at_a_time(context)).items():
        picture = next(iter(record.pictures.values()))
        answer = record.data.get("members", [record.data])[0]
        pixels = torch.from_numpy(decode(picture.data).copy()).permute(2, 0, 1)[None]
        inputs = (pixels.double() / 255 - 0.5) / 0.25
        (own,) = responses(context.module, [context.layer(layer)], inputs)[layer][:, index]
        best = own.min() if "negative" in role else own.max()
        assert answer["response"] == pytest.approx(best, rel=1e-4)


@networks
def test_a_maximised_picture_is_the_same_alone_and_beside_others(kind: type[nn.Module]) -> None:
    options = Maximize(canvas="fourier", size=16, steps=4, attempts=1, negative=False, second=False)
    context = render_context_of(kind(), size=16, lenses=lens_options(maximize=options))
    context = one_at_a_time(context)
    requests = list(MaximizeLens().requests(context.plan, context.records))
    together = {request.key: record for request, record in rendered(context, requests)}
    for request in requests:
        ((_, record),) = rendered(context, [request])
        assert record == together[request.key]


def test_keys_differ_from_those_of_batches_only_where_pictures_are_shown_alone() -> None:
    context = render_context_of(Deviation(), noise(2))
    alone = one_at_a_time(context)
    keys = {request.key for request in Examples().requests(context.plan, context.records)}
    others = {request.key for request in Examples().requests(alone.plan, alone.records)}
    assert keys
    assert not keys & others
