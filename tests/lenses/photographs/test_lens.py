"""The images that filters show, each once, as the network saw it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from convatlas.images.codecs.webp_jpeg import decode
from convatlas.lenses.base import Studio
from convatlas.lenses.photographs.lens import Photographs
from convatlas.model.records import Json
from convatlas.network.preprocess import prepare
from support import nets
from support.studies import studio_of
from support.surveys import noise, records, shown


@pytest.fixture(scope="module")
def studio() -> Studio:
    studio = studio_of(nets.Small().eval(), noise(90, size=40))
    return shown(studio, records(studio, top=2), "full")


def used(studio: Studio) -> set[str]:
    """The images that some filter shows."""
    return {
        entry["image"]
        for found in studio.study.found.values()
        for _, record in found
        for entries in (record.data["top"], record.data["lowest"], record.data["range"])
        for entry in entries
    }


def test_every_image_that_is_shown_is_asked_for_once_and_no_other(studio: Studio) -> None:
    asks = list(Photographs().asks(studio.study))
    items = [ask.item for ask in asks]
    assert studio.study.images is not None
    assert 20 < len(items) < len(studio.study.images.images)
    assert len(set(items)) == len(items)
    assert set(items) == used(studio)
    assert len({ask.key for ask in asks}) == len(asks)


@pytest.mark.parametrize("kind", ["top", "lowest", "range"])
def test_each_kind_alone_is_enough(studio: Studio, kind: str) -> None:
    found = {
        place: [(ask, replace(record, data=bare(record.data, kind))) for ask, record in pairs]
        for place, pairs in studio.study.found.items()
    }
    study = replace(studio.study, found=found)
    items = {ask.item for ask in Photographs().asks(study)}
    assert items == used(replace(studio, study=study))
    assert items


def bare(data: Json, kind: str) -> Json:
    return {**data, "top": [], "lowest": [], "range": [], kind: data[kind]}


@pytest.mark.parametrize("publish", ["crops", "none"])
def test_nothing_is_asked_for_where_images_are_not_published(studio: Studio, publish: str) -> None:
    exposure = replace(studio.study.exposure, publish=publish)
    assert not list(Photographs().asks(replace(studio.study, exposure=exposure)))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_photograph_is_what_the_network_saw(channels: int) -> None:
    pictures = noise(8, size=40, channels=channels)
    small = studio_of(nets.Small(channels=channels).eval(), pictures, channels=channels)
    studio = shown(small, records(small, top=2), "full")
    assert studio.study.images is not None
    place = {image.id: number for number, image in enumerate(studio.study.images.images)}
    seen = 0
    for batch in Photographs().render(studio, list(Photographs().asks(studio.study))):
        for ask, record in batch:
            picture: Image.Image = pictures[place[str(ask.item)]]
            expected = prepare(picture, studio.study.network.preprocessing)
            assert expected.shape == (24, 24, channels)
            assert (decode(record.pictures["picture"].data) == expected).all()
            seen += 1
    assert seen == len(used(studio)) > 5
    assert not np.array_equal(expected, np.zeros_like(expected))
