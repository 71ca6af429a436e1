"""The images that excite each filter most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from convatlas.config import schema
from convatlas.images.codecs.webp_jpeg import SETTINGS
from convatlas.lenses.base import Batch, Failed, Studio, Study, geometry, ground, key, sight
from convatlas.model.records import Ask

LEAVE = "leave it out with `layers:`"


class Examples:
    """For every filter what images do to it: the ends of its range, a strip through it, numbers.

    Receptive-field crops of the strongest images are Zeiler and Fergus's way of showing a filter
    ("Visualizing and Understanding Convolutional Networks", 2014).
    """

    name = "examples"
    version = 2

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
                lowest=options.lowest,
                heat=SETTINGS if study.exposure.heatmaps else None,
            )
            for index in filters:
                yield Ask(key(shared, index), self.name, layer.name, index)

    def render(self, studio: Studio, asks: Sequence[Ask]) -> Iterator[Batch | Failed]:
        """One pass over all images, then a batch a layer."""
        from convatlas.lenses.examples.records import Evidence
        from convatlas.lenses.examples.scan_images import survey

        options = studio.study.lenses.examples
        assert isinstance(options, schema.Examples)
        assert studio.study.images is not None
        wanted: dict[str, list[Ask]] = {}
        for ask in asks:
            wanted.setdefault(str(ask.layer), []).append(ask)
        draw, tallies = survey(studio, [studio.layer(name) for name in wanted], options)
        ids = [image.id for image in studio.study.images.images]
        for name, group in wanted.items():
            tally = tallies.pop(name)
            if tally.moments.images != len(ids):
                yield Failed(group, f"{name} does not answer each picture with a map; {LEAVE}")
                continue
            evidence = Evidence(tally, draw, ids)
            finite = tally.moments.finite.tolist()
            sound = [ask for ask in group if finite[int(ask.item)]]
            yield [(ask, evidence.record(int(ask.item))) for ask in sound]
            if strange := [ask for ask in group if not finite[int(ask.item)]]:
                items = ", ".join(str(ask.item) for ask in strange)
                reason = "the response to some image is not finite; look for it in the weights"
                yield Failed(strange, f"{name}: {reason} (filters {items})")
