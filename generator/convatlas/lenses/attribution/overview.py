"""What attribution adds to the about page and to ``check``."""

from __future__ import annotations

from convatlas.config.schema import METHODS
from convatlas.lenses.parts.overview import AboutSection, Overview
from convatlas.lenses.parts.reports import Budget, Reports
from convatlas.lenses.probes.entries import probes
from convatlas.model.manifest import Manifest


def _used(manifest: Manifest) -> bool:
    """Return whether any page shows attributions, be it of filters or of probes."""
    return bool(manifest["lenses"].get("attribution") or probes(manifest))


class AttributionOverview(Overview):
    """A section on how responses are traced back to pixels."""

    about = (
        AboutSection(
            "methods",
            "Which pixels made a filter answer",
            "lenses/attribution/about.html",
            600,
            _used,
        ),
    )


class AttributionReports(Reports):
    """The size limit of attributions."""

    budgets = (Budget("attribution", METHODS, 27_000, place=800),)
