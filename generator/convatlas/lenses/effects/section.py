"""The part of the manifest on effects: of filters, of layers, and of classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from convatlas.lenses.effects.class_choice import strongest
from convatlas.lenses.effects.class_names import class_names, class_pages
from convatlas.lenses.effects.entries import (
    ClassEffect,
    ClassEntry,
    ClassFilter,
    ClassImage,
    EffectsEntry,
    ImageEffect,
    LayerEffectsEntry,
    effects,
)
from convatlas.lenses.effects.options import Effects
from convatlas.lenses.effects.records import (
    Behind,
    PredictionsData,
    read_effects,
    read_layer_effects,
    read_predictions,
    read_target,
)
from convatlas.lenses.effects.records import (
    ClassEffect as Recorded,
)
from convatlas.lenses.effects.records import (
    ImageEffect as RecordedImage,
)
from convatlas.lenses.parts.section import Entries, LayerResults, Place, Section
from convatlas.model.manifest import Network
from convatlas.ui.network_results import NetworkResults


class EffectsSection(Section):
    """What each filter does, how far to trust that, and the classes."""

    entry = EffectsEntry
    layer_kind = LayerEffectsEntry

    def entries(self, layer: LayerResults) -> Entries | None:
        """Return the function that makes a filter's entry; None if nothing is known."""
        results, name = layer.network, layer.layer.name
        predictions, target = read_predictions(results.records), read_target(results.records)
        known = {
            index: record.data
            for index in results.filters[name]
            if (record := read_effects(results.records, name, index))
        }
        if not known or (predictions is None and target is None):
            return None
        names = class_names(results, predictions) if predictions else {}
        by_importance = sorted(known, key=lambda index: -known[index]["importance"])
        ranks = {index: rank for rank, index in enumerate(by_importance, 1)}

        to_zero = _to_zero(layer)

        def entry(index: int, place: Place) -> EffectsEntry | None:
            if index not in known:
                return None
            data = known[index]
            told: EffectsEntry = {
                "raises": _named(data["raises"], names),
                "lowers": _named(data["lowers"], names),
                "mean": data["mean"],
                "size": data["size"],
                "share_images": data["share"],
                "importance": data["importance"],
                "rank": ranks[index],
                "images": data["images"],
                "sampled": data["sampled"],
            }
            if to_zero:
                told["baseline"] = "zero"
            if target:
                told["target"] = target["name"]
                told["raised_images"] = _images(data.get("raised_images", ()), layer)
                told["lowered_images"] = _images(data.get("lowered_images", ()), layer)
            return told

        return entry

    def layer_entry(self, layer: LayerResults) -> LayerEffectsEntry | None:
        """Return what is known of the layer's effects as a whole."""
        data = read_layer_effects(layer.records, layer.layer.name)
        if data is None:
            return None
        audit = data["audit"]
        told: LayerEffectsEntry = {
            "audit": {
                "filters": audit["filters"],
                "images": audit["images"],
                "spearman": audit["spearman"],
                "spearman_filters": audit["spearman_filters"],
                "slope": audit["slope"],
                "size": audit["size"],
            },
            "half": data["half"],
            "filters": layer.layer.filters,
        }
        if _to_zero(layer):
            told["baseline"] = "zero"
        if measured := data.get("measured"):
            told["measured"] = {
                "images": measured["images"],
                "each": measured["each"],
                "of": measured["of"],
            }
        if target := read_target(layer.records):
            values = target["values"]
            told["target"] = {"name": target["name"], "mean": sum(values) / len(values)}
        return told

    def class_pages(self, network: NetworkResults, folder: str) -> Mapping[str, str]:
        """Return the pages of the classes that occur, by name."""
        predictions = read_predictions(network.records)
        if predictions is None:
            return {}
        names = class_names(network, predictions)
        return {names[number]: page for number, page in class_pages(folder, names).items()}

    def atlas_entries(
        self, results: Sequence[NetworkResults], networks: Sequence[Network], files: dict[str, str]
    ) -> Mapping[str, object]:
        """Return the classes of each network under "classes", and complete the filters' ranks."""
        for network in networks:
            _rank(network)
        pairs = zip(results, networks, strict=True)
        found = {network["name"]: _classes(each, network) for each, network in pairs}
        return {"classes": found} if any(found.values()) else {}


def _to_zero(layer: LayerResults) -> bool:
    """Return whether effects are those of filters that are set to zero, not to their mean."""
    options = layer.options(Effects)
    return options is not None and options.baseline == "zero"


def _named(told: Sequence[Recorded], names: Mapping[int, str]) -> list[ClassEffect]:
    return [
        {"class": names[number], "number": number, "logit": logit, "images": images}
        for number, logit, images in told
    ]


def _images(told: Sequence[RecordedImage], layer: LayerResults) -> list[ImageEffect]:
    """Return effects on images by what the images are called."""
    facts = layer.network.images.images if layer.network.images else ()
    return [
        {"image": layer.image_names[facts[index].id], "effect": effect} for index, effect in told
    ]


def _rank(network: Network) -> None:
    """Give each filter its rank among those of the network."""
    entries = [
        entry
        for layer in network["layers"]
        for filter in layer["filters"]
        if (entry := effects(filter))
    ]
    entries.sort(key=lambda entry: -entry["importance"])
    for rank, entry in enumerate(entries, 1):
        entry["network_rank"] = rank


def _classes(results: NetworkResults, network: Network) -> list[ClassEntry]:
    """Return the classes that occur, in the order of their indices."""
    predictions = read_predictions(results.records)
    if predictions is None:
        return []
    names = class_names(results, predictions)
    images = _Images.of(results, predictions)
    filters, counts = _filters(results)
    return [
        {
            "name": names[number],
            "number": number,
            "href": network["class_pages"][names[number]],
            "images": counts.get(number, 0),
            "labelled": images.labelled.get(number, []),
            "taken": images.taken.get(number, []),
            "filters": strongest(filters.get(number, [])),
        }
        for number in names
    ]


@dataclass(frozen=True)
class _Images:
    """The images of each class, and those that are taken for it, by its index."""

    labelled: Mapping[int, list[ClassImage]]
    taken: Mapping[int, list[ClassImage]]

    @classmethod
    def of(cls, results: NetworkResults, predictions: PredictionsData) -> _Images:
        labelled: dict[int, list[ClassImage]] = {}
        taken: dict[int, list[ClassImage]] = {}
        facts = results.images.images if results.images else ()
        mistakes = dict(predictions["mistakes"])
        told = zip(facts, predictions["predicted"], predictions["target"], strict=True)
        secret = results.publish == "none"
        for index, (image, predicted, target) in enumerate(told):
            name = str(index + 1) if secret else image.id
            entry: ClassImage = {"image": name, "predicted": predicted}
            if index in mistakes:
                entry["behind"] = _behind(mistakes[index], results)
            if target is not None:
                labelled.setdefault(target, []).append(entry)
            if target != predicted:
                taken.setdefault(predicted, []).append(entry)
        return cls(labelled, taken)


def _behind(told: Sequence[Behind], results: NetworkResults) -> list[ClassFilter]:
    """Return the filters behind a wrong image that the atlas shows."""
    return [
        {"layer": layer, "index": index, "logit": logit}
        for layer, index, logit in told
        if index in results.filters.get(layer, ())
    ]


def _filters(
    results: NetworkResults,
) -> tuple[dict[int, list[ClassFilter]], dict[int, int]]:
    """Return, by class, the filters of all layers, and on how many images that is based."""
    filters: dict[int, list[ClassFilter]] = {}
    counts: dict[int, int] = {}
    for layer, chosen in results.filters.items():
        data, shown = read_layer_effects(results.records, layer), set(chosen)
        for key, told in data["classes"].items() if data else ():
            counts[int(key)] = told["images"]
            filters.setdefault(int(key), []).extend(
                {"layer": layer, "index": index, "logit": logit}
                for index, logit in (*told["raises"], *told["lowers"])
                if index in shown
            )
    return filters, counts
