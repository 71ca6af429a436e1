"""What image statistics add to the report of ``plan``."""

from __future__ import annotations

from convatlas.lenses.parts.reports import Reports


class StatisticsReports(Reports):
    """What waits for the statistics."""

    def plan_note(self, missing: int) -> str:
        """Return what the maximize lens asks for only once the statistics are known."""
        if not missing:
            return ""
        return "pictures in the colours of an image set are known once its statistics are"
