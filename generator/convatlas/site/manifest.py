"""From configuration and records to the manifest: all that the pages are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from convatlas._version import __version__
from convatlas.config import schema
from convatlas.lenses.registry import lenses
from convatlas.model.manifest import File, Manifest, Network, Preprocessing, ShareCard, layer_folder
from convatlas.model.records import Picture, plain
from convatlas.site.addresses import Addresses
from convatlas.site.comparisons import comparisons
from convatlas.site.custom_content import NO_CUSTOM_CONTENT, CustomContent
from convatlas.site.health import total
from convatlas.site.image_sets import ImageNames, image_set
from convatlas.site.layer_manifest import LayerWriter
from convatlas.site.share_cards import share_card
from convatlas.ui.network_results import NetworkResults
from convatlas.ui.slugs import slugs


def assemble(
    atlas: schema.Atlas,
    results: Sequence[NetworkResults],
    custom: CustomContent = NO_CUSTOM_CONTENT,
) -> Manifest:
    """Return the manifest of an atlas with these networks."""
    files: dict[str, str] = {}
    addresses = Addresses.of(atlas, results)
    networks = [
        _Writer(each, atlas, addresses, custom, files, _others(each, results)).network()
        for each in results
    ]
    sets = slugs([entry.name for entry in atlas.images])
    shown = {each.images.name: each.images for each in results if each.images}
    entries = {
        name: entry
        for lens in lenses()
        for name, entry in lens.section.atlas_entries(results, networks, files).items()
    }
    folders = {layer_folder(layer) for network in networks for layer in network["layers"]}
    inside = addresses.layout.take_inside(files, folders)
    card = _home_card(results, files)
    compared = comparisons(atlas, results, networks)
    manifest: Manifest = {
        "title": atlas.title,
        "description": atlas.description,
        "version": __version__,
        "url": f"{atlas.site.url.rstrip('/')}/" if atlas.site.url else None,
        "logo": custom.logo,
        "footer": custom.footer,
        "pages": custom.pages,
        "highlights": custom.highlights,
        "networks": networks,
        "image_sets": [
            image_set(entry, sets[entry.name], shown.get(entry.name), networks)
            for entry in atlas.images
        ],
        "lenses": {
            name: (options and options.model_dump(exclude_none=True)) or None
            for name, options in atlas.lenses
        },
        "filter_pages": atlas.site.pages,
        "files": {**files, **custom.files},
        "inside": inside,
    }
    if card:
        manifest["social"] = card
    if compared:
        manifest["compare"] = compared
    return cast("Manifest", {**manifest, **entries})


def _others(own: NetworkResults, results: Sequence[NetworkResults]) -> list[NetworkResults]:
    return [each for each in results if each is not own]


def _home_card(results: Sequence[NetworkResults], files: dict[str, str]) -> ShareCard | None:
    """Return the card of the whole atlas, which is kept with the first network."""
    if not results:
        return None
    return share_card(
        results[0].records, None, "home", "static/card", "filters of this atlas", files
    )


@dataclass(frozen=True)
class _Writer:
    """Makes the part of one network."""

    results: NetworkResults
    atlas: schema.Atlas
    addresses: Addresses
    custom: CustomContent
    files: dict[str, str]
    others: Sequence[NetworkResults]

    def network(self) -> Network:
        facts, images = self.results.network, self.results.images
        writer = LayerWriter(
            self.results,
            self.atlas.lenses.switched_on(),
            self.addresses,
            ImageNames.of(images, self._publish()),
            self.custom.notes,
            self.files,
            self.others,
        )
        chosen = [layer for layer in facts.layers if layer.name in self.results.filters]
        layers = [writer.layer(layer) for layer in chosen]
        network: Network = {
            "name": facts.name,
            "slug": self.addresses.networks[facts.name],
            "href": self.addresses.network(facts.name),
            "source": facts.source,
            "weights": facts.weights,
            "parameters": facts.parameters,
            "classes": len(facts.classes),
            "preprocessing": cast("Preprocessing", plain(facts.preprocessing)),
            "images": images.name if images else None,
            "filters": sum(len(layer["filters"]) for layer in layers),
            "health": total(layers),
            "layers": layers,
            "skipped": [list(pair) for pair in facts.skipped],
            "photographs": {
                id: self._photograph(picture)
                for lens in lenses()
                for id, picture in lens.section.photographs(self.results.records)
            },
        }
        folder = self.addresses.networks[facts.name]
        pages = {
            name: href
            for lens in lenses()
            for name, href in lens.section.class_pages(self.results, folder).items()
        }
        if pages:
            network["class_pages"] = pages
        if facts.single:
            network["single"] = True
        path, filters = "static/card", f"filters of {facts.name}"
        card = share_card(self.results.records, None, "network", path, filters, self.files)
        if card:
            network["social"] = card
        return network

    def _publish(self) -> str:
        """Return what of the network's image set may be shown."""
        name = self.results.images.name if self.results.images else None
        return next((entry.publish for entry in self.atlas.images if entry.name == name), "full")

    def _photograph(self, picture: Picture) -> File:
        """Return a published image; its name is short, since every filter's page has twenty."""
        file = f"images/{picture.digest[:12]}.{picture.format}"
        self.files[file] = picture.digest
        return {"file": file, "width": picture.width, "height": picture.height}
