"""The share of a site that the kernels on inputs take, for ``check``."""

from __future__ import annotations

from convatlas.lenses.parts.reports import Budget, Reports


class CircuitsReports(Reports):
    """The size limit of the pictures of kernels on inputs: one for each layer."""

    budgets = (Budget("slices", ("slices",), 600, place=560),)
