"""Pictures of the user's own, followed through the network layer by layer."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence

from convatlas.config.schema import METHODS
from convatlas.errors import RenderError, told
from convatlas.images.codecs.webp_jpeg import SETTINGS
from convatlas.lenses.base import Batch, Failed, Studio, Study, geometry, ground, key, sight
from convatlas.model.records import Ask, Json, Layer, Probe

log = logging.getLogger("convatlas.probes")

PICTURE = "picture"
"""The role of the record that shows the probe itself, and what the network takes it for."""
MAPS = "maps"
"""The role of a layer's record; those of the methods bear the methods' names."""

PAGE = 2_000_000
"""Bytes that the sprites of all layers on a page may take together."""
LAYER = 400_000
"""Bytes that those of one layer may take, however few there are."""
MAPS_SHARE = 0.31
"""How much of that is for the feature maps; each of three methods may take a third of the rest."""


class Probes:
    """Of each probe and layer: all feature maps; the strongest filters traced back to pixels."""

    name = "probes"
    version = 2

    def asks(self, study: Study) -> Iterable[Ask]:
        """A record a probe, one a layer, one a method; they depend on the one picture alone."""
        layers = {layer.name: layer for layer, _ in study.layers()}
        for probe in study.probes:
            yield self._picture(study, probe)
            for name in probe.layers:
                yield from self._layer(study, probe, layers[name])

    def _picture(self, study: Study, probe: Probe) -> Ask:
        shared = ground(
            self,
            network=study.network.whole,
            classes=len(study.network.classes),
            preprocessing=geometry(study),
            encoder=SETTINGS,
        )
        return Ask(key(shared, probe.picture), self.name, None, probe.name, PICTURE)

    def _layer(self, study: Study, probe: Probe, layer: Layer) -> Iterator[Ask]:
        maps, traced = allowance(len(probe.layers))
        shared: dict[str, Json] = {
            "sight": sight(study, layer),
            "preprocessing": geometry(study),
            "encoder": SETTINGS,
            "top": probe.top,
        }
        item = probe.picture
        kept = key(ground(self, **shared, bytes=maps), item)
        yield Ask(kept, self.name, layer.name, probe.name, MAPS, recipe=maps)
        for method in probe.methods:
            how = {**shared, "method": method, "start": probe.start, "bytes": traced}
            kept = key(ground(self, **how), item)
            yield Ask(kept, self.name, layer.name, probe.name, method, recipe=traced)

    def render(self, studio: Studio, asks: Sequence[Ask]) -> Iterator[Batch | Failed]:
        """Probe by probe: one forward pass, then a batch a layer."""
        wanted: dict[str, list[Ask]] = {}
        for ask in asks:
            wanted.setdefault(str(ask.item), []).append(ask)
        for probe in studio.study.probes:
            if group := wanted.get(probe.name):
                yield from _followed(studio, probe, group)


def allowance(layers: int) -> tuple[int, int]:
    """Bytes that the maps and each method of a layer may take on a page of so many layers."""
    layer = min(LAYER, PAGE // layers)
    maps = int(layer * MAPS_SHARE)
    return maps, (layer - maps) // len(METHODS)


def _followed(studio: Studio, probe: Probe, asks: Sequence[Ask]) -> Iterator[Batch | Failed]:
    from convatlas.lenses.probes.render import Followed

    try:
        followed = Followed(studio, probe, {str(ask.layer) for ask in asks if ask.layer})
    except RenderError as error:
        yield Failed(asks, f"probe {probe.name}: {error}")
        return
    for layer in dict.fromkeys(ask.layer for ask in asks):
        done, failed = Batch(), dict[str, list[Ask]]()
        for ask in (ask for ask in asks if ask.layer == layer):
            try:
                done.append((ask, followed.record(ask)))
            except Exception as error:  # the network is the user's code: it may raise what it likes
                log.debug("%s", probe.name, exc_info=True)
                failed.setdefault(told(error), []).append(ask)
        yield done
        yield from (Failed(group, f"probe {probe.name}: {why}") for why, group in failed.items())
