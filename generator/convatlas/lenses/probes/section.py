"""The probes' part of the manifest: each picture, and what every network makes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from convatlas.model.crops import Crop, box, framing, window
from convatlas.model.records import Json, Layer, Picture, Probe, StoredRecord
from convatlas.ui.network_results import NetworkResults
from convatlas.ui.slugs import slugs

PAGE_IDS = ("main", "prediction", "layers", "picture", "probe")
"""Ids that a probe's page has beside those of its layers."""


def probes(
    chapters: Sequence[NetworkResults], networks: Sequence[Json], files: dict[str, str]
) -> list[Json]:
    """All probes in the order of the atlas file, each with the networks that see it.

    :param networks: the networks' parts of the manifest, in the order of the chapters.
    :param files: gets the path and digest of each picture.
    """
    names = dict.fromkeys(probe.name for results in chapters for probe in results.probes)
    folders = slugs(list(names), ("index.html",))
    return [
        {
            "name": name,
            "slug": folders[name],
            "href": f"probes/{folders[name]}/index.html",
            "networks": [
                _ProbeSection(results, network, probe, f"probes/{folders[name]}", files).tell()
                for results, network in zip(chapters, networks, strict=True)
                for probe in results.probes
                if probe.name == name
            ],
        }
        for name in names
    ]


@dataclass(frozen=True)
class _ProbeSection:
    """Tells what one network makes of a probe; what is not rendered yet is left out."""

    results: NetworkResults
    network: Json
    probe: Probe
    above: str  # the probe's folder
    files: dict[str, str]

    def tell(self) -> Json:
        folder = f"{self.above}/{self.network['slug']}"
        shown = self._records(None).get("picture")
        return {
            "network": self.network["name"],
            "slug": self.network["slug"],
            "href": f"{folder}/index.html",
            "picture": shown and self._picture("picture", shown.pictures["picture"]),
            "size": list(self.results.network.preprocessing.size),
            "prediction": shown and self._prediction(shown.data["prediction"]),
            "top": self.probe.top,
            "from": self.probe.start,
            "methods": list(self.probe.methods),
            "asked": len(self.probe.layers),
            "layers": list(self._layers()),
        }

    def _records(self, layer: str | None) -> Mapping[str, StoredRecord]:
        """What the probe's records say of a layer, by role."""
        found = self.results.records.all("probes", layer, self.probe.name)
        return {request.role: record for request, record in found}

    def _picture(self, stem: str, picture: Picture) -> Json:
        name = picture.file(f"{self.above}/{self.network['slug']}/{stem}")
        self.files[name] = picture.digest
        return {"file": name, "width": picture.width, "height": picture.height}

    def _prediction(self, told: Json) -> Json:
        classes = self.results.network.classes
        return told and [
            {"class": index, "label": classes[index] if index < len(classes) else None}
            | {"share": share}
            for index, share in told
        ]

    def _layers(self) -> Iterator[Json]:
        """The layers whose maps are there."""
        layers = {layer.name: layer for layer in self.results.network.layers}
        ids = slugs(list(self.probe.layers), PAGE_IDS)
        shown = {layer["name"]: layer for layer in self.network["layers"]}
        for name in self.probe.layers:
            records = self._records(name)
            if "maps" in records:
                yield self._layer(layers[name], ids[name], shown.get(name), records)

    def _layer(
        self, layer: Layer, slug: str, shown: Json, records: Mapping[str, StoredRecord]
    ) -> Json:
        maps = records["maps"].data
        told = {method: records[method] for method in self.probe.methods if method in records}
        counts = [record.data["rectifiers"] for record in told.values()]
        sprite = self._picture(f"{slug}-maps", records["maps"].pictures["maps"])
        return {
            "name": layer.name,
            "slug": slug,
            "href": shown and shown["href"],
            "filters": layer.filters,
            "map": list(layer.map_size or maps["tile"]),
            "means": maps["means"],
            "highest": maps["highest"],
            "maps": {"picture": sprite, "columns": maps["columns"], "tile": maps["tile"]},
            "rectifiers": counts[0] if counts else None,
            "top": [self._top(layer, shown, entry, told) for entry in maps["top"]],
            "methods": {
                method: {
                    "picture": self._picture(f"{slug}-{method}", record.pictures["tiles"]),
                    **{key: record.data[key] for key in ("tile", "filters", "windows")},
                }
                for method, record in told.items()
            },
        }

    def _top(
        self, layer: Layer, shown: Json, entry: Json, told: Mapping[str, StoredRecord]
    ) -> Json:
        return {
            **entry,
            "href": shown and _page(shown, entry["index"]),
            "box": box(layer, *entry["position"]),
            "window": self._window(layer, entry, told)._asdict(),
        }

    def _window(self, layer: Layer, entry: Json, told: Mapping[str, StoredRecord]) -> Crop:
        """What is shown of the picture for a filter: as much as the methods show, if they do."""
        height, width = self.results.network.preprocessing.size
        if self.probe.start == "map":
            return Crop(0, 0, width, height, framed=False)
        for record in told.values():
            windows = dict(zip(record.data["filters"], record.data["windows"], strict=True))
            if entry["index"] in windows:
                return framing(box(layer, *entry["position"]), *windows[entry["index"]])
        return window(layer, entry["position"], (height, width))


def _page(layer: Json, index: int) -> str | None:
    """Where the site tells of a filter, if it does."""
    own = (each["href"] for each in layer["filters"] if each["index"] == index)
    return next((layer["href"].removesuffix("index.html") + href for href in own), None)
