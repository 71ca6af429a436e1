"""The images that other lenses refer to, in the size that the network saw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from convatlas.images.codecs.webp_jpeg import SETTINGS, encode
from convatlas.images.loading import load
from convatlas.lenses.base import Batch, Studio, Study, geometry, ground, key
from convatlas.model.records import Ask, Record

BATCH = 64


class Photographs:
    """One picture an image, for those that stand among some filter's examples."""

    name = "photographs"
    version = 2

    def asks(self, study: Study) -> Iterable[Ask]:
        """One record for each image that the examples found so far refer to."""
        if study.images is None or study.exposure.publish != "full":
            return
        used = {
            example["image"]
            for (lens, _, _), records in study.found.items()
            if lens == "examples"
            for _, record in records
            for kind in ("top", "lowest", "range")
            for example in record.data[kind]
        }
        shared = ground(self, preprocessing=geometry(study), encoder=SETTINGS)
        for image in study.images.images:
            if image.id in used:
                yield Ask(key(shared, image.id), self.name, None, image.id)

    def render(self, studio: Studio, asks: Sequence[Ask]) -> Iterator[Batch]:
        """Batches of pictures, each cropped and resized as the network saw it."""
        from convatlas.network.preprocess import prepare

        images, picture = studio.study.images, studio.picture
        assert images is not None
        assert picture is not None
        place = {image.id: index for index, image in enumerate(images.images)}

        def pixels(index: int) -> NDArray[np.uint8]:
            return prepare(picture(index), studio.study.network.preprocessing)

        wanted = [place[str(ask.item)] for ask in asks]
        with closing(load(wanted, pixels, BATCH)) as loaded:
            for first, pictures in loaded:
                group = asks[first : first + len(pictures)]
                yield [
                    (ask, Record({}, {"picture": encode(one)}))
                    for ask, one in zip(group, pictures, strict=True)
                ]
