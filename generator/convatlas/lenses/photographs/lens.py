"""The images that other lenses refer to, in the size that the network saw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from convatlas.images.codecs.webp import SETTINGS, encode
from convatlas.images.loading import load
from convatlas.lenses.base import (
    Batch,
    Lens,
    Piece,
    PlanContext,
    RenderContext,
    key,
    preprocessing_json,
    shared_key,
)
from convatlas.lenses.effects.records import named_images
from convatlas.lenses.examples.records import all_examples
from convatlas.lenses.photographs.records import NAME
from convatlas.lenses.photographs.section import PhotographsSection
from convatlas.lenses.suspects.records import suspected_images
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Record, RecordRequest

BATCH = 64


class Photographs(Lens):
    """One picture an image, for those of filters' examples, effects, and suspects."""

    name = NAME
    divisible = True
    version = 2
    section = PhotographsSection()
    seconds = 0.01

    def requests(self, context: PlanContext, records: RecordIndex) -> Iterable[RecordRequest]:
        """Request one record for each image that the records found so far refer to."""
        if context.images is None or context.policy.publish != "full":
            return
        used = {
            example["image"]
            for record in all_examples(records)
            for shown in (record.data["top"], record.data["lowest"], record.data["range"])
            for example in shown
        }
        named = named_images(records) | suspected_images(records)
        used |= {context.images.images[index].id for index in named}
        shared = shared_key(self, preprocessing=preprocessing_json(context), encoder=SETTINGS)
        for image in context.images.images:
            if image.id in used:
                yield RecordRequest(key(shared, image.id), self.name, None, image.id)

    def render(self, context: RenderContext, requests: Piece) -> Iterator[Batch]:
        """Yield batches of pictures, each cropped and resized as the network saw it."""
        from convatlas.network.preprocess import prepare

        images, picture = context.plan.images, context.picture
        assert images is not None
        assert picture is not None
        place = {image.id: index for index, image in enumerate(images.images)}

        def pixels(index: int) -> NDArray[np.uint8]:
            return prepare(picture(index), context.plan.network.preprocessing)

        wanted = [place[str(request.item)] for request in requests]
        with closing(load(wanted, pixels, BATCH)) as loaded:
            for first, pictures in loaded:
                group = requests[first : first + len(pictures)]
                yield [
                    (request, Record({}, {"picture": encode(one)}))
                    for request, one in zip(group, pictures, strict=True)
                ]
