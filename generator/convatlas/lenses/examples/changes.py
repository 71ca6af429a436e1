"""What the images say of two filters that are compared."""

from __future__ import annotations

from collections.abc import Mapping

from convatlas.lenses.examples.entries import ExamplesEntry, examples
from convatlas.lenses.parts.changes import Changes
from convatlas.model.manifest import Filter

STRONGEST = 9
"""How many of the strongest images are looked at."""


class ExamplesChanges(Changes):
    """The class that excites a filter most, and how many of its strongest images stayed."""

    def state(self, filter: Filter) -> Mapping[str, object]:
        """Return the class with the largest gap to the others."""
        found = examples(filter)
        classes = found["classes"] if found else []
        best = next(((each["label"], each["gap"]) for each in classes if each["gap"]), None)
        return {"best": best}

    def pair(self, before: Filter, after: Filter) -> Mapping[str, object]:
        """Return how many of the strongest images before are among those after."""
        own, other = examples(before), examples(after)
        if own is None or other is None:
            return {}
        first, second = _strongest(own), _strongest(other)
        return {"kept": len(first & second), "of": min(len(first), len(second))}


def _strongest(entry: ExamplesEntry) -> set[str]:
    return {example["image"] for example in entry["top"][:STRONGEST]}
