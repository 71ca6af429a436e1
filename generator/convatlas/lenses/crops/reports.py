"""What crops add to the reports of ``build`` and ``check``."""

from __future__ import annotations

from convatlas.lenses.examples.entries import examples
from convatlas.lenses.parts.reports import Budget, Reports
from convatlas.model.manifest import Filter


class CropsReports(Reports):
    """How many crops are published, and what they take."""

    budgets = (Budget("crops", ("crops",), None, place=600),)

    def crops(self, filter: Filter) -> int:
        """Return how many crops the filter's page publishes."""
        entry = examples(filter)
        return entry["crops"]["count"] if entry and entry["crops"] else 0
