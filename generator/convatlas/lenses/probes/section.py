"""The probes' part of the manifest: each picture, and what every network makes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from convatlas.lenses.parts.section import Section
from convatlas.lenses.probes.entries import (
    FeatureMaps,
    PredictedClass,
    ProbeEntry,
    ProbeLayer,
    SeenProbe,
    StrongFilter,
    Traced,
    Window,
)
from convatlas.model.crops import Crop, box, framing, window
from convatlas.model.manifest import File, Network, layer_folder
from convatlas.model.manifest import Layer as ShownLayer
from convatlas.model.records import Json, Layer, Picture, Probe, StoredRecord
from convatlas.ui.network_results import NetworkResults
from convatlas.ui.slugs import slugs

PAGE_IDS = ("main", "prediction", "layers", "picture", "probe")
"""Ids that a probe's page has beside those of its layers."""

Records = Mapping[str, StoredRecord]
"""A probe's records of one layer, by role: "maps" or the name of a method."""


class ProbesSection(Section):
    """Each probe, in the order of the atlas file, with the networks that see it."""

    def atlas_entries(
        self, results: Sequence[NetworkResults], networks: Sequence[Network], files: dict[str, str]
    ) -> Mapping[str, object]:
        """Return the probes under "probes"."""
        names = dict.fromkeys(probe.name for each in results for probe in each.probes)
        folders = slugs(list(names), ("index.html",))
        return {"probes": [_probe(name, folders[name], results, networks, files) for name in names]}


def _probe(
    name: str,
    slug: str,
    results: Sequence[NetworkResults],
    networks: Sequence[Network],
    files: dict[str, str],
) -> ProbeEntry:
    return {
        "name": name,
        "slug": slug,
        "href": f"probes/{slug}/index.html",
        "networks": [
            _SeenProbe(each, network, probe, f"probes/{slug}/{network['slug']}", files).entry()
            for each, network in zip(results, networks, strict=True)
            for probe in each.probes
            if probe.name == name
        ],
    }


@dataclass(frozen=True)
class _SeenProbe:
    """Makes the entry of a probe in one network; what is not rendered yet is left out."""

    results: NetworkResults
    network: Network
    probe: Probe
    folder: str
    files: dict[str, str]

    def entry(self) -> SeenProbe:
        shown = self._records(None).get("picture")
        return {
            "network": self.network["name"],
            "slug": self.network["slug"],
            "href": f"{self.folder}/index.html",
            "picture": self._picture("picture", shown.pictures["picture"]) if shown else None,
            "size": list(self.results.network.preprocessing.size),
            "prediction": self._prediction(shown.data["prediction"]) if shown else None,
            "top": self.probe.top,
            "from": "map" if self.probe.start == "map" else "peak",
            "methods": list(self.probe.methods),
            "asked": len(self.probe.layers),
            "layers": list(self._layers()),
        }

    def _records(self, layer: str | None) -> Records:
        """The probe's records of a layer, or of the whole network, by role."""
        found = self.results.records.all("probes", layer, self.probe.name)
        return {request.role: record for request, record in found}

    def _picture(self, stem: str, picture: Picture) -> File:
        name = picture.file(f"{self.folder}/{stem}")
        self.files[name] = picture.digest
        return {"file": name, "width": picture.width, "height": picture.height}

    def _prediction(
        self, shares: Sequence[tuple[int, float]] | None
    ) -> list[PredictedClass] | None:
        if shares is None:
            return None
        names = dict(enumerate(self.results.network.classes))
        return [
            {"class": index, "label": names.get(index), "share": share} for index, share in shares
        ]

    def _layers(self) -> Iterator[ProbeLayer]:
        """The layers whose maps are there."""
        layers = {layer.name: layer for layer in self.results.network.layers}
        ids = slugs(list(self.probe.layers), PAGE_IDS)
        shown = {layer["name"]: layer for layer in self.network["layers"]}
        for name in self.probe.layers:
            records = self._records(name)
            if "maps" in records:
                yield self._layer(layers[name], ids[name], shown.get(name), records)

    def _layer(
        self, layer: Layer, slug: str, shown: ShownLayer | None, records: Records
    ) -> ProbeLayer:
        maps = records["maps"].data
        traced = {method: records[method] for method in self.probe.methods if method in records}
        counts = [record.data["rectifiers"] for record in traced.values()]
        return {
            "name": layer.name,
            "slug": slug,
            "href": shown and shown["href"],
            "filters": layer.filters,
            "map": list(layer.map_size or maps["tile"]),
            "means": maps["means"],
            "highest": maps["highest"],
            "maps": self._maps(slug, records["maps"]),
            "rectifiers": counts[0] if counts else None,
            "top": [self._top(layer, shown, entry, traced) for entry in maps["top"]],
            "methods": {
                method: self._traced(f"{slug}-{method}", record)
                for method, record in traced.items()
            },
        }

    def _maps(self, slug: str, record: StoredRecord) -> FeatureMaps:
        sprite = self._picture(f"{slug}-maps", record.pictures["maps"])
        return {"picture": sprite, "columns": record.data["columns"], "tile": record.data["tile"]}

    def _traced(self, stem: str, record: StoredRecord) -> Traced:
        data = record.data
        return {
            "picture": self._picture(stem, record.pictures["tiles"]),
            "tile": data["tile"],
            "filters": data["filters"],
            "windows": data["windows"],
        }

    def _top(
        self, layer: Layer, shown: ShownLayer | None, entry: Mapping[str, Json], traced: Records
    ) -> StrongFilter:
        return {
            "index": entry["index"],
            "mean": entry["mean"],
            "highest": entry["highest"],
            "position": entry["position"],
            "href": shown and _page(shown, entry["index"]),
            "box": box(layer, *entry["position"]),
            "window": _window(self._crop(layer, entry, traced)),
        }

    def _crop(self, layer: Layer, entry: Mapping[str, Json], traced: Records) -> Crop:
        """What is shown of the picture for a filter: as much as the methods show, if they do."""
        height, width = self.results.network.preprocessing.size
        if self.probe.start == "map":
            return Crop(0, 0, width, height, framed=False)
        for record in traced.values():
            windows = dict(zip(record.data["filters"], record.data["windows"], strict=True))
            if entry["index"] in windows:
                return framing(box(layer, *entry["position"]), *windows[entry["index"]])
        return window(layer, entry["position"], (height, width))


def _window(crop: Crop) -> Window:
    left, top, width, height, framed = crop
    return {"left": left, "top": top, "width": width, "height": height, "framed": framed}


def _page(layer: ShownLayer, index: int) -> str | None:
    """The page of a filter, if the atlas shows it."""
    own = (each["href"] for each in layer["filters"] if each["index"] == index)
    return next((layer_folder(layer) + href for href in own), None)
