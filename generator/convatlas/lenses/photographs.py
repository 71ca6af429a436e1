"""The images that other lenses refer to, in the size that the network saw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from convatlas.images.encode import SETTINGS, encode
from convatlas.lenses.lens import Batch, Studio, Study, geometry, ground, key
from convatlas.records import Ask, Record

BATCH = 64


class Photographs:
    """One picture an image, for those that stand among some filter's examples."""

    name = "photographs"
    version = 1

    def asks(self, study: Study) -> Iterable[Ask]:
        """One record for each image that the examples found so far refer to."""
        if study.images is None or not study.publish:
            return
        used = {
            example["image"]
            for (lens, _, _), records in study.found.items()
            if lens == "examples"
            for _, record in records
            for example in record.data["top"]
        }
        shared = ground(self, preprocessing=geometry(study), encoder=SETTINGS)
        for image in study.images.images:
            if image.id in used:
                yield Ask(key(shared, image.id), self.name, None, image.id)

    def render(self, studio: Studio, asks: Sequence[Ask]) -> Iterator[Batch]:
        """Batches of pictures, each cropped and resized as the network saw it."""
        from convatlas.network.preprocess import prepare

        images = studio.study.images
        assert images is not None
        assert studio.picture is not None
        place = {image.id: index for index, image in enumerate(images.images)}
        for start in range(0, len(asks), BATCH):
            batch: Batch = []
            for ask in asks[start : start + BATCH]:
                picture = studio.picture(place[str(ask.item)])
                pixels = prepare(picture, studio.study.network.preprocessing)
                batch.append((ask, Record({}, {"picture": encode(pixels)})))
            yield batch
