"""What an edit does to a network, as the manifest has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from convatlas.lenses.edits.answers import notices
from convatlas.lenses.edits.entries import (
    HUNDREDTHS,
    Carrier,
    ClassMove,
    DrawnEntry,
    EditedLayer,
    EditedNetwork,
    EditExample,
    TogetherEntry,
    layer_edits,
)
from convatlas.lenses.edits.records import Carrier as Recorded
from convatlas.lenses.edits.records import (
    Drawn,
    EditData,
    Scores,
    Together,
    read_edit,
    read_layer_edit,
    read_shown,
)
from convatlas.lenses.edits.shortcuts import suspected
from convatlas.lenses.parts.class_names import names_of_classes
from convatlas.lenses.parts.labelled_classes import labelled_classes
from convatlas.model.manifest import File, Layer, Network
from convatlas.model.records import Picture
from convatlas.ui.network_results import NetworkResults

CARRIERS = 100
"""Maximum number of filters that are told of."""


@dataclass(frozen=True)
class EditedNetworkWriter:
    """Makes the entry of an edit and a network."""

    results: NetworkResults
    network: Network
    edit: str
    """The edit's name."""
    files: dict[str, str]
    """Gets the path and the sha256 of each picture that is published."""

    @cached_property
    def _names(self) -> Mapping[int, str]:
        """The names of all classes, by index."""
        facts, images = self.results.network, self.results.images
        targets = labelled_classes(images.images if images else (), facts.classes, facts.scores)
        return names_of_classes(self.results, range(facts.scores), targets)

    def entry(self) -> EditedNetwork | None:
        """Return it; None if nothing is known."""
        data = read_edit(self.results.records, self.edit)
        if data is None:
            return None
        told: EditedNetwork = {
            "network": self.network["name"],
            "images": data["images"],
            "examples": list(self._examples(data)),
            "layers": list(self._layers()),
            "raised": [],
            "lowered": [],
            "carriers": [],
            "logits": [],
        }
        if "scores" in data:
            self._tell(data["scores"], told)
            if "drawn" in data["scores"]:
                told["drawn"] = self._drawn(data["scores"]["drawn"], data["touched"])
        return told

    def _tell(self, scores: Scores, told: EditedNetwork) -> None:
        """Add what the edit does to scores."""
        told["changed"], told["logits"] = scores["changed"], scores["logits"]
        if "accuracy" in scores:
            plain, edited = scores["accuracy"]
            told["accuracy"] = {"plain": plain, "edited": edited, "images": scores["labelled"]}
        if "target" in scores:
            target = scores["target"]
            told["target"] = target["change"]
            told["raised"] = self._moves(target["raised"], scores["logits"])
            told["lowered"] = self._moves(target["lowered"], scores["logits"])
        if "untraced" in scores:
            told["untraced"] = scores["untraced"]
        if "behind" in scores:
            behind = scores["behind"]
            told["carriers"] = self._carriers(behind["carriers"])
            told["set_back"], told["undone"] = behind["set_back"], behind["undone"]
            if "together" in behind:
                told["together"] = _together(behind["together"])

    def _drawn(self, drawn: Drawn, touched: float) -> DrawnEntry:
        into = drawn["into"]
        return {
            "name": self._names[into],
            "number": into,
            "share": drawn["share"],
            "suspected": suspected(drawn, touched),
        }

    def _moves(self, numbers: Sequence[int], logits: Sequence[float]) -> list[ClassMove]:
        return [{"name": self._names[n], "number": n, "logit": logits[n]} for n in numbers]

    def _carriers(self, recorded: Sequence[Recorded]) -> list[Carrier]:
        """Return the first carriers that the atlas shows."""
        shown = self.results.filters
        found = [each for each in recorded if each[1] in shown.get(each[0], ())]
        return [
            {"layer": layer, "index": index, "share": share, "auc": self._auc(layer, index)}
            for layer, index, share in found[:CARRIERS]
        ]

    def _auc(self, layer: str, index: int) -> float | None:
        data = read_layer_edit(self.results.records, layer, self.edit)
        return data["auc"][index] if data else None

    def _layers(self) -> Iterator[EditedLayer]:
        """Yield the layers of which something is known."""
        for layer in self.network["layers"]:
            columns = layer_edits(layer).get(self.edit)
            if columns is not None:
                yield self._layer(layer, columns["auc"])

    def _layer(self, layer: Layer, aucs: Sequence[int | None]) -> EditedLayer:
        noticed = [auc for auc in aucs if auc is not None and notices(auc / HUNDREDTHS)]
        told: EditedLayer = {
            "layer": layer["name"],
            "filters": len(aucs),
            "notice": len(noticed),
            "less": sum(auc < HUNDREDTHS / 2 for auc in noticed),
        }
        data = read_layer_edit(self.results.records, layer["name"], self.edit)
        if data and "carried" in data:
            told["enough"] = data["carried"]["enough"]
            told["explained"] = data["carried"]["explained"]
        return told

    def _examples(self, data: EditData) -> Iterator[EditExample]:
        """Yield the examples whose pictures may be shown."""
        record, images = read_shown(self.results.records, self.edit), self.results.images
        if record is None or images is None:
            return
        slug = self.network["slug"]
        for number, (index, before, after) in enumerate(data["examples"]):
            if f"edited-{number}" not in record.pictures:
                continue
            yield {
                "image": images.images[index].id,
                "plain": self._file("plain", record.pictures[f"plain-{number}"]),
                "edited": self._file(f"{self.edit}/{slug}", record.pictures[f"edited-{number}"]),
                "before": None if before is None else self._names[before],
                "after": None if after is None else self._names[after],
            }

    def _file(self, stem: str, picture: Picture) -> File:
        name = picture.file(f"edits/{stem}")
        self.files[name] = picture.digest
        return {"file": name, "width": picture.width, "height": picture.height}


def _together(data: Together) -> TogetherEntry:
    return {
        "layer": data["layer"],
        "filters": len(data["filters"]),
        "explained": data["explained"],
        "undone": data["undone"],
    }
