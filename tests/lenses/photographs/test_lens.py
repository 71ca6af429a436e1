"""The images that filters show, each once, as the network saw it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from convatlas.images.codecs.decode import decode
from convatlas.lenses.base import RenderContext
from convatlas.lenses.effects.records import NAME as EFFECTS
from convatlas.lenses.effects.records import TARGET
from convatlas.lenses.photographs.lens import Photographs
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Json, RecordRequest, StoredRecord
from convatlas.network.preprocess import prepare
from support import nets
from support.contexts import render_context_of
from support.example_records import noise, records, shown


@pytest.fixture(scope="module")
def context() -> RenderContext:
    context = render_context_of(nets.Small().eval(), noise(90, size=40))
    return shown(context, records(context, top=2), "full")


def used(context: RenderContext) -> set[str]:
    """The images that some filter shows."""
    return {
        entry["image"]
        for _, record in context.records.of_lens("examples")
        for entries in (record.data["top"], record.data["lowest"], record.data["range"])
        for entry in entries
    }


def test_every_image_that_is_shown_is_asked_for_once_and_no_other(context: RenderContext) -> None:
    requests = list(Photographs().requests(context.plan, context.records))
    items = [request.item for request in requests]
    assert context.plan.images is not None
    assert 20 < len(items) < len(context.plan.images.images)
    assert len(set(items)) == len(items)
    assert set(items) == used(context)
    assert len({request.key for request in requests}) == len(requests)


@pytest.mark.parametrize("kind", ["top", "lowest", "range"])
def test_each_kind_alone_is_enough(context: RenderContext, kind: str) -> None:
    records = RecordIndex.of(
        (request, replace(record, data=bare(record.data, kind)))
        for request, record in context.records
    )
    items = {request.item for request in Photographs().requests(context.plan, records)}
    assert items == used(replace(context, records=records))
    assert items


def bare(data: Json, kind: str) -> Json:
    return {**data, "top": [], "lowest": [], "range": [], kind: data[kind]}


@pytest.mark.parametrize("publish", ["crops", "none"])
def test_nothing_is_asked_for_where_images_are_not_published(
    context: RenderContext, publish: str
) -> None:
    policy = replace(context.plan.policy, publish=publish)
    assert not list(Photographs().requests(replace(context.plan, policy=policy), context.records))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_photograph_is_what_the_network_saw(channels: int) -> None:
    pictures = noise(8, size=40, channels=channels)
    small = render_context_of(nets.Small(channels=channels).eval(), pictures, channels=channels)
    context = shown(small, records(small, top=2), "full")
    assert context.plan.images is not None
    place = {image.id: number for number, image in enumerate(context.plan.images.images)}
    seen = 0
    for batch in Photographs().render(
        context, list(Photographs().requests(context.plan, context.records))
    ):
        for request, record in batch:
            picture: Image.Image = pictures[place[str(request.item)]]
            expected = prepare(picture, context.plan.network.preprocessing)
            assert expected.shape == (24, 24, channels)
            assert (decode(record.pictures["picture"].data) == expected).all()
            seen += 1
    assert seen == len(used(context)) > 5
    assert not np.array_equal(expected, np.zeros_like(expected))


def test_images_that_effects_name_are_asked_for_too(context: RenderContext) -> None:
    images = context.plan.images
    assert images is not None
    unused = [n for n, image in enumerate(images.images) if image.id not in used(context)][:2]
    told = {
        (None, TARGET): {"name": "the depth", "values": []},
        ("conv1", 0): {"raised_images": [(unused[0], 1.0)], "lowered_images": [(unused[1], -1.0)]},
    }
    extra = [
        (RecordRequest(str(place), EFFECTS, *place), StoredRecord(data, {}))
        for place, data in told.items()
    ]
    records = RecordIndex.of([*context.records, *extra])
    items = {request.item for request in Photographs().requests(context.plan, records)}
    assert items == used(context) | {images.images[n].id for n in unused}
