"""The probes' part of the manifest: each picture, and the responses of each network to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from convatlas.lenses.parts.section import Section
from convatlas.lenses.probes.entries import (
    PredictedClass,
    ProbeEntry,
    ProbeLayer,
    SeenProbe,
    StrongFilter,
    Traced,
    Window,
)
from convatlas.lenses.probes.records import (
    MapsData,
    PredictionData,
    TopFilter,
    TracedData,
    misses,
    read_maps,
    read_probe,
    read_traced,
)
from convatlas.model.crops import Crop, box, framing, window
from convatlas.model.facts import Layer, Probe
from convatlas.model.manifest import File, Network, layer_folder
from convatlas.model.manifest import Layer as ShownLayer
from convatlas.model.records import Picture, RecordOf
from convatlas.ui.network_results import NetworkResults
from convatlas.ui.slugs import slugs

PAGE_IDS = ("main", "prediction", "layers", "picture", "probe")
"""Ids on a probe's page other than those of its layers."""


class ProbesSection(Section):
    """All probes in the order of the atlas file, each with its networks."""

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
    """Makes the entry of a probe in one network, without what is not rendered yet."""

    results: NetworkResults
    network: Network
    probe: Probe
    folder: str
    files: dict[str, str]

    def entry(self) -> SeenProbe:
        record = read_probe(self.results.records, self.probe.name)
        return {
            "network": self.network["name"],
            "slug": self.network["slug"],
            "href": f"{self.folder}/index.html",
            "picture": self._picture("picture", record.pictures["picture"]) if record else None,
            "size": list(self.results.network.preprocessing.size),
            "prediction": self._prediction(record.data) if record else None,
            "top": self.probe.top,
            "from": "map" if self.probe.start == "map" else "peak",
            "methods": list(self.probe.methods),
            "asked": len(self.probe.layers),
            "layers": list(self._layers()),
            "missed": [
                name
                for name in self.probe.layers
                if misses(self.results.records, name, self.probe.name)
            ],
        }

    def _picture(self, stem: str, picture: Picture) -> File:
        name = picture.file(f"{self.folder}/{stem}")
        self.files[name] = picture.digest
        return {"file": name, "width": picture.width, "height": picture.height}

    def _prediction(self, data: PredictionData) -> list[PredictedClass] | None:
        if data["prediction"] is None:
            return None
        names = dict(enumerate(self.results.network.classes))
        return [
            {"class": int(index), "label": names.get(int(index)), "share": share}
            for index, share in data["prediction"]
        ]

    def _layers(self) -> Iterator[ProbeLayer]:
        """Yield the layers whose feature maps are rendered."""
        layers = {layer.name: layer for layer in self.results.network.layers}
        ids = slugs(list(self.probe.layers), PAGE_IDS)
        shown = {layer["name"]: layer for layer in self.network["layers"]}
        for name in self.probe.layers:
            maps = read_maps(self.results.records, name, self.probe.name)
            if maps:
                yield self._layer(layers[name], ids[name], shown.get(name), maps)

    def _layer(
        self, layer: Layer, slug: str, shown: ShownLayer | None, maps: RecordOf[MapsData]
    ) -> ProbeLayer:
        traced = self._records(layer.name)
        sprite = self._picture(f"{slug}-maps", maps.pictures["maps"])
        data = maps.data
        return {
            "name": layer.name,
            "slug": slug,
            "href": shown and shown["href"],
            "filters": layer.filters,
            "map": list(layer.map_size or data["tile"]),
            "means": data["means"],
            "highest": data["highest"],
            "maps": {"picture": sprite, "columns": data["columns"], "tile": data["tile"]},
            "rectifiers": next((record.data["rectifiers"] for record in traced.values()), None),
            "top": [self._top(layer, shown, entry, traced) for entry in data["top"]],
            "methods": {
                method: self._traced(f"{slug}-{method}", record)
                for method, record in traced.items()
            },
        }

    def _records(self, layer: str) -> Mapping[str, RecordOf[TracedData]]:
        """Return the rendered attributions by method."""
        name, records = self.probe.name, self.results.records
        found = {each: read_traced(records, layer, name, each) for each in self.probe.methods}
        return {method: record for method, record in found.items() if record}

    def _traced(self, stem: str, record: RecordOf[TracedData]) -> Traced:
        return {
            "picture": self._picture(stem, record.pictures["tiles"]),
            "tile": record.data["tile"],
            "filters": record.data["filters"],
            "windows": record.data["windows"],
        }

    def _top(
        self,
        layer: Layer,
        shown: ShownLayer | None,
        entry: TopFilter,
        traced: Mapping[str, RecordOf[TracedData]],
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

    def _crop(
        self, layer: Layer, entry: TopFilter, traced: Mapping[str, RecordOf[TracedData]]
    ) -> Crop:
        """Return the part of the probe to show for a filter: the methods' window, if any."""
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
    """Return the URL of a filter's page from the site's root, or None."""
    own = (each["href"] for each in layer["filters"] if each["index"] == index)
    return next((layer_folder(layer) + href for href in own), None)
