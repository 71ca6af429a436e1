"""The share of a site that the pages of classes take, for ``check``."""

from __future__ import annotations

from convatlas.lenses.parts.reports import Budget, Reports


class EffectsReports(Reports):
    """The pages of classes, counted as a kind of their own."""

    budgets = (Budget("classes", (), 600, place=550),)
    network_folder = "classes"
