"""The part of the manifest on edits: of layers, and of the atlas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convatlas.lenses.edits.columns import columns
from convatlas.lenses.edits.edited_network import EditedNetworkWriter
from convatlas.lenses.edits.entries import EditEntry, LayerEditsEntry
from convatlas.lenses.edits.records import NAME, read_layer_edit
from convatlas.lenses.parts.section import LayerResults, Section
from convatlas.model.edits import EditFacts
from convatlas.model.manifest import Network
from convatlas.ui.network_results import NetworkResults


class EditsSection(Section):
    """How filters answer to each edit, and what it does to networks."""

    layer_kind = LayerEditsEntry
    in_atlas_json = False

    def layer_entry(self, layer: LayerResults) -> LayerEditsEntry | None:
        """Return how the layer's filters answer to each edit, by name; None if none is known."""
        name, chosen = layer.layer.name, layer.network.filters[layer.layer.name]
        told = {
            edit.name: columns(record, chosen)
            for edit in layer.network.edits
            if (record := read_layer_edit(layer.records, name, edit.name))
        }
        return told or None

    def atlas_entries(
        self, results: Sequence[NetworkResults], networks: Sequence[Network], files: dict[str, str]
    ) -> Mapping[str, object]:
        """Return the edits under "edits", if there are any."""
        facts = {edit.name: edit for each in results for edit in each.edits}
        found = [_entry(edit, results, networks, files) for edit in facts.values()]
        return {NAME: [edit for edit in found if edit["networks"]]} if found else {}


def _entry(
    edit: EditFacts,
    results: Sequence[NetworkResults],
    networks: Sequence[Network],
    files: dict[str, str],
) -> EditEntry:
    writers = (
        EditedNetworkWriter(own, network, edit.name, files)
        for own, network in zip(results, networks, strict=True)
    )
    return {
        "name": edit.name,
        "title": edit.title,
        "about": edit.about,
        "href": f"edits/{edit.name}/index.html",
        "turns": edit.turns,
        "networks": [seen for writer in writers if (seen := writer.entry())],
    }
