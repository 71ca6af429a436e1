"""What kernels add to the page about how everything was made, and to ``check``."""

from __future__ import annotations

from convatlas.lenses.parts.overview import AboutSection, Overview
from convatlas.lenses.parts.reports import Budget, Reports
from convatlas.model.manifest import Manifest


def _on(manifest: Manifest) -> bool:
    return bool(manifest["lenses"]["kernels"])


class KernelsOverview(Overview):
    """How kernels are drawn."""

    about = (AboutSection("kernels", "Kernels", "lenses/kernels/about.html", 400, _on),)


class KernelsReports(Reports):
    """What kernels take."""

    budgets = (Budget("kernels", ("kernel",), 1_000, place=700),)
