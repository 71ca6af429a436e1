"""The optimised pictures' part of the manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convatlas.lenses.examples.records import read_examples
from convatlas.lenses.maximize.build_entry import FilterPictures
from convatlas.lenses.maximize.entries import MaximizeEntry
from convatlas.lenses.maximize.options import Maximize
from convatlas.lenses.maximize.recipe_tables import recipe_tables
from convatlas.lenses.maximize.records import NAME
from convatlas.lenses.parts.section import Entries, LayerResults, Place, Section
from convatlas.model.manifest import Network
from convatlas.ui.network_results import NetworkResults
from convatlas.ui.slugs import slugs


class MaximizeSection(Section):
    """The pictures of each filter, and the recipes of all networks under "recipes"."""

    entry = MaximizeEntry

    def entries(self, layer: LayerResults) -> Entries:
        """Return the function that makes a filter's ``MaximizeEntry``."""
        options = layer.options(Maximize)
        variants = slugs(list(options.variants)) if options else {}
        name = layer.layer.name

        def entry(index: int, place: Place) -> MaximizeEntry | None:
            records = layer.records.all(NAME, name, index)
            if not records:
                return None
            examples = read_examples(layer.records, name, index)
            evidence = examples.data if examples else None
            return FilterPictures(evidence, variants, place).entry(records)

        return entry

    def atlas_entries(
        self, results: Sequence[NetworkResults], networks: Sequence[Network], files: dict[str, str]
    ) -> Mapping[str, object]:
        """Return a ``RecipeTable`` for each network and kind of picture under "recipes"."""
        return {"recipes": recipe_tables(networks)}
