"""The share of a site that the pages of edits take, for ``check``."""

from __future__ import annotations

from convatlas.lenses.parts.reports import Reports


class EditsReports(Reports):
    """The pages and pictures of edits, counted as a kind of their own."""

    folder = "edits"
