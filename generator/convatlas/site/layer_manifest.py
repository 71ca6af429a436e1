"""A layer's part of the manifest, with all its filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from convatlas.config.filters import Identity
from convatlas.config.lens_options import LensOptions
from convatlas.lenses.dead import dead
from convatlas.lenses.parts.section import Entries, LayerResults
from convatlas.lenses.parts.sprite import SpriteView
from convatlas.lenses.registry import lenses, sprite_views
from convatlas.model import facts
from convatlas.model.derived import SpriteData, read_neighbours, read_order, read_sprite
from convatlas.model.manifest import File, Filter, Layer, Note, Sprite
from convatlas.model.records import Picture, RecordOf
from convatlas.site.addresses import Addresses
from convatlas.site.health import health
from convatlas.site.image_sets import ImageNames
from convatlas.site.share_cards import share_card
from convatlas.ui.network_results import NetworkResults


@dataclass(frozen=True)
class LayerWriter:
    """Makes the parts of one network's layers."""

    results: NetworkResults
    lenses: Mapping[str, LensOptions]
    addresses: Addresses
    images: ImageNames
    notes: Mapping[Identity, Note]
    files: dict[str, str]
    """Gets the path and the sha256 of each picture that is published."""
    others: Sequence[NetworkResults] = ()
    """The atlas's other networks."""

    def layer(self, layer: facts.Layer) -> Layer:
        """Return a layer with its filters."""
        network = self.results.network.name
        folder = self.addresses.folder(network, layer.name)
        neighbours = read_neighbours(self.results.records, layer.name)
        duplicates = neighbours["duplicates"] if neighbours else None
        sprites = self._sprites(layer)
        results = self._results(layer)
        filters = self._filters(results, folder, sprites)
        field, local = layer.field, layer.local_field
        written: Layer = {
            "name": layer.name,
            "network": network,
            "slug": self.addresses.layers[network, layer.name],
            "href": self.addresses.layer(network, layer.name),
            "module": layer.module,
            "kind": layer.kind,
            "channels": layer.channels,
            "kernel": list(layer.kernel),
            "stride": list(layer.stride),
            "padding": list(layer.padding),
            "dilation": list(layer.dilation),
            "groups": layer.groups,
            "transposed": layer.transposed,
            "dynamic": layer.dynamic,
            "reached": layer.reached,
            "map": list(layer.map_size) if layer.map_size else None,
            "norm": layer.norm,
            "activation": layer.activation,
            "rectified": layer.rectified,
            "units": [{"module": module, "first": first} for module, first in layer.units],
            "receptive_field": list(field.size) if field and field.size else None,
            "local_receptive_field": list(local.size) if local and local.size else None,
            "health": health(layer.rectified, filters, duplicates),
            "sprites": {
                view.name: self._sprite(folder, view.name, sprite) for view, sprite in sprites
            },
            "order": self._order(layer),
            "filters": filters,
        }
        if layer.varies is not None:
            written["varies"] = {"runs": layer.varies.runs, "batch": layer.varies.batch}
        what = f"filters of {layer.name} in {network}"
        path = f"{folder}card"
        card = share_card(self.results.records, layer.name, "layer", path, what, self.files)
        if card:
            written["social"] = card
        entries = {lens.name: lens.section.layer_entry(results) for lens in lenses()}
        told = {name: entry for name, entry in entries.items() if entry is not None}
        return cast("Layer", {**written, **told})

    def _results(self, layer: facts.Layer) -> LayerResults:
        return LayerResults(
            self.results,
            layer,
            self.lenses,
            self.images.names,
            self.images.labels,
            self.addresses.filter,
            self.others,
        )

    def _sprites(self, layer: facts.Layer) -> list[tuple[SpriteView, RecordOf[SpriteData]]]:
        """Return the layer's sprites, in the order in which a filter's hue is looked up."""
        records = self.results.records
        return [
            (view, sprite)
            for view in sprite_views()
            if (sprite := read_sprite(records, layer.name, view.name))
        ]

    def _sprite(self, folder: str, view: str, record: RecordOf[SpriteData]) -> Sprite:
        pictures = [record.pictures[str(number)] for number in range(len(record.pictures))]
        return {
            "tile": record.data["tile"],
            "columns": record.data["columns"],
            "count": record.data["count"],
            "files": [self.file(folder, f"sprite-{view}", picture) for picture in pictures],
        }

    def _order(self, layer: facts.Layer) -> list[int] | None:
        """Return the filters' places, similar ones side by side; None if unknown.

        Filters that are constant, or of which nothing is known, come last.
        """
        order = read_order(self.results.records, layer.name)
        if order is None:
            return None
        chosen = self.results.filters[layer.name]
        places = {index: place for place, index in enumerate(chosen)}
        return [places[index] for index in dict.fromkeys([*order, *chosen])]

    def _filters(
        self,
        results: LayerResults,
        folder: str,
        sprites: Sequence[tuple[SpriteView, RecordOf[SpriteData]]],
    ) -> list[Filter]:
        makers = {
            lens.name: lens.section.entries(results) for lens in lenses() if lens.section.entry
        }
        hues = [(view, sprite.data["hues"]) for view, sprite in sprites]
        writer = _FilterWriter(self, results.layer, folder, makers, hues)
        return [writer.filter(index) for index in self.results.filters[results.layer.name]]

    def file(self, folder: str, stem: str, picture: Picture) -> File:
        """Publish a picture in a folder, which ends with a slash."""
        name = picture.file(stem)
        self.files[folder + name] = picture.digest
        return {"file": name, "width": picture.width, "height": picture.height}


@dataclass(frozen=True)
class _FilterWriter:
    """Makes the filters of one layer."""

    network: LayerWriter
    layer: facts.Layer
    folder: str
    makers: Mapping[str, Entries | None]  # of the lenses, by name
    hues: Sequence[tuple[SpriteView, Mapping[str, int | None]]]  # in the order of the views

    def filter(self, index: int) -> Filter:
        results, addresses = self.network.results, self.network.addresses
        own = Identity(results.network.name, self.layer.name, index)
        place = partial(self._place, index)
        entries = {name: make(index, place) if make else None for name, make in self.makers.items()}
        filter: Filter = {
            "index": index,
            "href": addresses.layout.address(index),
            "dead": dead(results.records, self.layer, index),
            "hue": self._hue(index),
            "note": self.network.notes.get(own),
        }
        return cast("Filter", {**filter, **entries})

    def _place(self, index: int, stem: str, picture: Picture) -> File:
        return self.network.file(self.folder, f"{index}-{stem}", picture)

    def _hue(self, index: int) -> int | None:
        """Return the hue of the first tile that has one."""
        records, layer, key = self.network.results.records, self.layer.name, str(index)
        for view, hues in self.hues:
            if key in hues and view.has_hue(records, layer, index):
                return hues[key]
        return None
