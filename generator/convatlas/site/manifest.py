"""From configuration and store to plain data: all that the pages are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from convatlas._version import __version__
from convatlas.config import schema
from convatlas.lenses.attribution.entries import attribution
from convatlas.lenses.examples.entries import Addresses, ExamplesSection, Images
from convatlas.lenses.examples.image_index import image_set
from convatlas.lenses.examples.records import read_examples
from convatlas.lenses.hypotheses.section import HypothesesSection
from convatlas.lenses.maximize.entries import MaximizeSection, tried
from convatlas.lenses.maximize.options import Maximize
from convatlas.lenses.maximize.recipe_tables import recipe_tables
from convatlas.lenses.photographs.records import all_photographs
from convatlas.lenses.probes.section import ProbesSection
from convatlas.model import scores as scores
from convatlas.model.records import (
    Json,
    Layer,
    Picture,
    StoredRecord,
    plain,
)
from convatlas.site.health import health, total
from convatlas.ui.filter_layout import LAYOUTS, FilterLayout
from convatlas.ui.network_results import NetworkResults
from convatlas.ui.slugs import RESERVED, slugs

FILES = ("index.html", "atlas.json")
"""What stands beside the networks' folders."""


def assemble(atlas: schema.Atlas, chapters: Sequence[NetworkResults]) -> Json:
    """The manifest: networks, their layers and filters, image sets, and which files the site holds.

    ``files`` maps the path of each picture to the digest of its bytes.
    """
    files: dict[str, str] = {}
    names = slugs([results.network.name for results in chapters], (*RESERVED, *FILES))
    sets = slugs([entry.name for entry in atlas.images])
    layout = LAYOUTS[atlas.site.pages]
    options = atlas.lenses.switched_on().get("maximize")
    variants = slugs(list(options.variants)) if isinstance(options, Maximize) else {}
    addresses = {
        (results.network.name, layer): f"{names[results.network.name]}/{slug}/"
        for results in chapters
        for layer, slug in _layer_slugs(results).items()
    }
    networks = [
        _Writer(
            results,
            names[results.network.name],
            sets,
            _publish(atlas, results),
            variants,
            addresses,
            files,
            layout,
        ).network()
        for results in chapters
    ]
    shown = {results.images.name: results.images for results in chapters if results.images}
    return {
        "title": atlas.title,
        "description": atlas.description,
        "version": __version__,
        "url": atlas.site.url,
        "logo": None,
        "footer": "",
        "pages": [],
        "highlights": [],
        "networks": networks,
        "recipes": recipe_tables(networks),
        "image_sets": [
            image_set(entry, sets[entry.name], shown.get(entry.name), networks)
            for entry in atlas.images
        ],
        **ProbesSection().atlas_entries(chapters, networks, files),
        **HypothesesSection().atlas_entries(chapters, networks, files),
        "lenses": {
            name: (options and options.model_dump(exclude_none=True)) or None
            for name, options in atlas.lenses
        },
        "filter_pages": atlas.site.pages,
        "files": files,
        "inside": layout.take_inside(files, _layer_folders(networks)),
    }


def _layer_folders(networks: Sequence[Json]) -> set[str]:
    layers = [layer["href"] for network in networks for layer in network["layers"]]
    return {href.removesuffix("index.html") for href in layers}


def _layer_slugs(results: NetworkResults) -> Mapping[str, str]:
    """What the chosen layers are called in addresses, in execution order."""
    chosen = [layer.name for layer in results.network.layers if layer.name in results.filters]
    return slugs(chosen, ("index.html",))


def _publish(atlas: schema.Atlas, results: NetworkResults) -> str:
    """What of the network's image set may be shown."""
    name = results.images and results.images.name
    return next((entry.publish for entry in atlas.images if entry.name == name), "full")


@dataclass(frozen=True)
class _Writer:
    results: NetworkResults
    slug: str
    sets: Mapping[str, str]
    publish: str  # of the network's image set
    variants: Mapping[str, str]  # the names of further recipes, as they stand in file names
    addresses: Addresses
    files: dict[str, str]
    layout: FilterLayout

    def network(self) -> Json:
        """One network's part of the manifest."""
        facts = self.results.network
        names = _layer_slugs(self.results)
        images = Images.of(self.results.images, self.publish)
        written = [
            self._layer(layer, names[layer.name], images)
            for layer in facts.layers
            if layer.name in names
        ]
        return {
            "name": facts.name,
            "slug": self.slug,
            "href": f"{self.slug}/index.html",
            "source": facts.source,
            "weights": facts.weights,
            "parameters": facts.parameters,
            "classes": len(facts.classes),
            "preprocessing": plain(facts.preprocessing),
            "images": self.results.images and self.results.images.name,
            "filters": sum(len(layer["filters"]) for layer in written),
            "health": total(written),
            "layers": written,
            "skipped": [list(pair) for pair in facts.skipped],
            "photographs": self._photographs(),
        }

    def _photographs(self) -> Json:
        images = self.results.images
        if images is None or self.publish != "full":
            return {}
        return {
            item: self._photograph(picture)
            for item, picture in all_photographs(self.results.records)
        }

    def _photograph(self, picture: Picture) -> Json:
        """Its name is short, since every filter's page tells twenty of them."""
        file = f"images/{picture.digest[:12]}.{picture.format}"
        self.files[file] = picture.digest
        return {"file": file, "width": picture.width, "height": picture.height}

    def _picture(self, folder: str, stem: str, picture: Picture) -> Json:
        name = picture.file(stem)
        self.files[f"{folder}/{name}"] = picture.digest
        return {
            "file": name,
            "width": picture.width,
            "height": picture.height,
        }

    def _layer(self, layer: Layer, slug: str, images: Images) -> Json:
        derived = self.results.records.first("neighbours", layer.name, "neighbours")
        known = derived.data if derived else {"nearest": {}, "duplicates": None}
        teller = ExamplesSection(layer, images, self.addresses, known["nearest"], self.layout)
        filters = [
            self._filter(layer, f"{self.slug}/{slug}", index, teller)
            for index in self.results.filters[layer.name]
        ]
        return {
            **_geometry(layer),
            "network": self.results.network.name,
            "slug": slug,
            "href": f"{self.slug}/{slug}/index.html",
            "health": health(layer.rectified, filters, known["duplicates"]),
            "sprites": self._sprites(layer, f"{self.slug}/{slug}"),
            "order": self._order(layer),
            "filters": filters,
        }

    def _sprites(self, layer: Layer, folder: str) -> Json:
        """The sprites of each view, in the order in which their tiles are counted."""
        told = {}
        for view in ("made", "examples", "kernels"):
            for _, record in self.results.records.all("sprites", layer.name, view):
                told[view] = {name: record.data[name] for name in ("tile", "columns", "count")}
                told[view]["files"] = [
                    self._picture(folder, f"sprite-{view}", record.pictures[str(number)])
                    for number in range(len(record.pictures))
                ]
        return told

    def _order(self, layer: Layer) -> Json:
        """Places of the filters, those that answer alike side by side; None where none is known.

        Filters of which nothing is known, or that are constant, come last.
        """
        chosen = self.results.filters[layer.name]
        for _, record in self.results.records.all("order", layer.name, "order"):
            known = dict.fromkeys([*record.data["order"], *chosen])
            places = {index: place for place, index in enumerate(chosen)}
            return [places[index] for index in known]
        return None

    def _hue(self, layer: Layer, index: int) -> Json:
        """That of the made picture, or else of the kernel in colour; None where it is grey."""
        kernel = self._first("kernels", layer, index)
        coloured = kernel is not None and kernel.data["mode"] == "colour"
        for view in ("made", "kernels") if coloured else ("made",):
            for _, record in self.results.records.all("sprites", layer.name, view):
                if str(index) in record.data["hues"]:
                    return record.data["hues"][str(index)]
        return None

    def _filter(self, layer: Layer, folder: str, index: int, teller: ExamplesSection) -> Json:
        examples = self._first("examples", layer, index)
        made = self.results.records.all("maximize", layer.name, index)
        known = read_examples(self.results.records, layer.name, index)
        evidence = known.data if known else None
        place = partial(self._made, folder, index)
        maker = MaximizeSection(evidence, self.variants, place)
        windows = self._first("windows", layer, index)
        return {
            "index": index,
            "href": self.layout.address(index),
            "dead": scores.dead(layer.rectified, evidence, list(tried(made))),
            "kernels": self._kernels(layer, folder, index),
            "maximize": maker.tell(made),
            "examples": examples and teller.tell(index, examples, windows, place),
            "attribution": attribution(self._first("attribution", layer, index), place),
            "hue": self._hue(layer, index),
            "note": None,
        }

    def _made(self, folder: str, index: int, stem: str, picture: Picture) -> Json:
        return self._picture(folder, f"{index}-{stem}", picture)

    def _first(self, lens: str, layer: Layer, index: int) -> StoredRecord | None:
        return self.results.records.first(lens, layer.name, index)

    def _kernels(self, layer: Layer, folder: str, index: int) -> Json:
        record = self._first("kernels", layer, index)
        if record is None:
            return None
        picture = self._picture(folder, f"{index}-kernel", record.pictures["kernel"])
        return {**record.data, "picture": picture}


def _geometry(layer: Layer) -> Json:
    """A layer's own facts, without what is of no use to a reader (spans, tap, fingerprints)."""
    bare = plain(replace(layer, field=None, local_field=None))
    for name in ("field", "local_field", "tap", "weights", "upstream_digest", "map_size"):
        del bare[name]
    field, local = layer.field, layer.local_field
    return {
        **{
            name: list(value) if isinstance(value, tuple) else value for name, value in bare.items()
        },
        "map": layer.map_size and list(layer.map_size),
        "units": [{"module": module, "first": first} for module, first in layer.units],
        "receptive_field": list(field.size) if field and field.size else None,
        "local_receptive_field": list(local.size) if local and local.size else None,
    }
