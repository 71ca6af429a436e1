"""The images that excite each filter most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from convatlas.config import schema
from convatlas.lenses.lens import Batch, Studio, Study, geometry, ground, key, sight
from convatlas.records import Ask


class Examples:
    """For every filter the top images by highest response, with value and position.

    Receptive-field crops of the strongest images are Zeiler and Fergus's way of showing a filter
    ("Visualizing and Understanding Convolutional Networks", 2014).
    """

    name = "examples"
    version = 1

    def asks(self, study: Study) -> Iterable[Ask]:
        """One record a filter; it depends on the ancestors, the preprocessing and the image set."""
        options = study.lenses.examples
        if not options or study.images is None:
            return
        for layer, filters in study.layers():
            if not layer.reached:
                continue
            shared = ground(
                self,
                sight=sight(study, layer),
                preprocessing=geometry(study),
                images=study.images.fingerprint,
                top=options.top,
            )
            for index in filters:
                yield Ask(key(shared, index), self.name, layer.name, index)

    def render(self, studio: Studio, asks: Sequence[Ask]) -> Iterator[Batch]:
        """One pass over all images, then a batch a layer."""
        from convatlas.lenses.examples.survey import survey

        options = studio.study.lenses.examples
        assert isinstance(options, schema.Examples)
        assert studio.study.images is not None
        wanted: dict[str, list[Ask]] = {}
        for ask in asks:
            wanted.setdefault(str(ask.layer), []).append(ask)
        strongest = survey(studio, [studio.layer(name) for name in wanted], options.top)
        ids = [image.id for image in studio.study.images.images]
        for name, group in wanted.items():
            yield [(ask, strongest[name].record(int(ask.item), ids)) for ask in group]
