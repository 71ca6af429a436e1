"""Lenses take fewer pictures at once where memory runs out, and the records are the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from convatlas.errors import RenderError
from convatlas.images.codecs.webp import encode_lossless
from convatlas.lenses.attribution import Attribution
from convatlas.lenses.base import Failed, Lens, RenderContext
from convatlas.lenses.examples import Examples
from convatlas.lenses.probes import Probes
from convatlas.lenses.transfer import Transfer
from convatlas.lenses.transfer.options import Transfer as TransferOptions
from convatlas.model.facts import ForeignPicture
from convatlas.model.records import Json, RecordRequest
from support import nets
from support.attribution_records import known
from support.circuits_truth import Rendered, with_examples
from support.contexts import lens_options, render_context_of
from support.elsewhere import elsewhere
from support.example_records import noise as noises
from support.pretended_device import PretendedDevice
from support.probing import noise, probe_of, probing

MESSAGE = "CUDA out of memory"


class Crowded(nets.Small):
    """Runs out of memory between its layers where more than so many pictures are shown at once."""

    def __init__(self, most: int = 10**6) -> None:
        super().__init__()
        self.most = most
        self.shown: list[int] = []

    def forward(self, x: Tensor) -> Tensor:
        self.shown.append(len(x))
        y = torch.relu(self.bn1(self.conv1(x)))
        if len(x) > self.most:
            raise torch.OutOfMemoryError(MESSAGE)
        return self.head(torch.relu(self.conv2(y)).amax((2, 3)))


def records(
    lens: Lens, context: RenderContext, requests: Sequence[RecordRequest] | None = None
) -> dict[str, Json]:
    """The data of all records that a lens requests, by key."""
    asked = lens.requests(context.plan, context.records) if requests is None else requests
    found = {}
    for batch in lens.render(context, list(asked)):
        assert not isinstance(batch, Failed), batch.reason
        found |= {request.key: record.data for request, record in batch}
    return found


def crowded(context: RenderContext, pretended: PretendedDevice, most: int) -> RenderContext:
    moved = elsewhere(context, pretended.device)
    assert isinstance(moved.module, Crowded)
    moved.module.most = most
    moved.module.shown.clear()
    return moved


def shown(context: RenderContext) -> list[int]:
    assert isinstance(context.module, Crowded)
    return context.module.shown


def test_images_are_added_once_to_each_layer(pretended: PretendedDevice) -> None:
    """The first layer has taken a batch when the second runs out of memory."""
    context = render_context_of(Crowded(), noises(70))
    expected = records(Examples(), context)
    moved = crowded(context, pretended, most=16)
    found = records(Examples(), moved)
    assert shown(moved) == [64, 32, 16, 16, 16, 16, 6]
    assert pretended.emptied == 2
    assert found.keys() == expected.keys()
    for key, data in expected.items():
        assert [each["image"] for each in found[key]["top"]] == [
            each["image"] for each in data["top"]
        ]
        assert found[key]["mean"] == pytest.approx(data["mean"], abs=1e-5)
        assert found[key]["share_positions"] == pytest.approx(data["share_positions"], abs=1e-3)


@pytest.mark.parametrize("lens", [Examples(), Attribution()], ids=lambda lens: lens.name)
def test_what_does_not_fit_alone_is_told(pretended: PretendedDevice, lens: Lens) -> None:
    context = known(Crowded(), noises(12))
    moved = crowded(context, pretended, most=0)
    with pytest.raises((AssertionError, RenderError), match="not even one picture fits into mem"):
        records(lens, moved)


def test_attribution_traces_fewer_images_at_once(pretended: PretendedDevice) -> None:
    context = known(Crowded(), noises(12), top=5)
    expected = records(Attribution(), context)
    moved = crowded(context, pretended, most=12)
    assert records(Attribution(), moved) == expected
    # The network is left before memory runs out for the first layer's 6 filters of 5 images each.
    assert shown(moved) == [30, 25, 12, 12, 1]


def test_circuits_show_fewer_images_at_once(pretended: PretendedDevice) -> None:
    context = with_examples(Crowded(), noises(12), 24)
    expected = Rendered(context)
    moved = crowded(context, pretended, most=3)
    found = Rendered(moved)
    norms, means, drops, removed = [1], [12, 6, 3, 3, 3, 3], [3, 3, 3, 3], [3, 3, 2, 2]
    assert shown(moved) == [*norms, *means, *drops, *removed]
    assert pretended.emptied == 2
    assert {layer["reason"] for layer in found.layers.values()} == {None}
    assert found.filters.keys() == expected.filters.keys()
    for key, data in expected.filters.items():
        assert found.filters[key]["total"] == pytest.approx(data["total"], rel=1e-3, abs=1e-5)
        assert [each[:2] for each in found.filters[key]["exciting"]] == [
            each[:2] for each in data["exciting"]
        ]
    assert any(data["exciting"] for data in expected.filters.values())
    with pytest.raises(RenderError, match="not even one picture fits into memory"):
        Rendered(crowded(context, pretended, most=0))


def test_probes_trace_fewer_filters_at_once(pretended: PretendedDevice) -> None:
    picture = noise(1)
    layers = ["conv1", "conv2"]
    context = probing(nets.Small(), [probe_of(picture, layers, top=5)], pictures=[picture])
    expected = records(Probes(), context)
    moved = elsewhere(context, pretended.device)
    # Five gradients of the picture take 5 x 3 x 24 x 24 x 4 bytes, and of the first layer's maps
    # twice as much.
    pretended.largest = 5 * 6 * 24 * 24 * 4 - 1
    found = records(Probes(), moved)
    assert pretended.emptied == 1
    assert found.keys() == expected.keys()
    for key, data in expected.items():
        assert found[key].get("filters") == data.get("filters")
        assert found[key].get("windows") == data.get("windows")


def foreign(context: RenderContext, count: int) -> RenderContext:
    """A network that is shown so many pictures of another."""
    pictures = [encode_lossless(np.asarray(each)) for each in noises(count)]
    given = tuple(
        ForeignPicture("other", "conv", n, each.facts.digest, (24, 24), "conv2", n % 5, 0.7)
        for n, each in enumerate(pictures)
    )
    stored = {each.facts.digest: each.data for each in pictures}
    return replace(context, plan=replace(context.plan, foreign=given), stored=stored)


def test_pictures_of_others_are_shown_fewer_at_once(pretended: PretendedDevice) -> None:
    options = lens_options(transfer=TransferOptions())
    context = foreign(render_context_of(Crowded(), lenses=options), 11)
    expected = records(Transfer(), context)
    moved = crowded(context, pretended, most=4)
    found = records(Transfer(), moved)
    assert shown(moved) == [8, 4, 4, 3]
    assert found.keys() == expected.keys()
    for key, data in expected.items():
        assert found[key]["response"] == pytest.approx(data["response"], rel=1e-4)
