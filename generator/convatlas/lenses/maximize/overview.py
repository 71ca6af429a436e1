"""The optimised pictures on the pages about networks and the atlas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, median
from typing import TypedDict

from markupsafe import Markup

from convatlas.lenses.examples.entries import examples
from convatlas.lenses.maximize.entries import maximized_positive
from convatlas.lenses.maximize.text import compared
from convatlas.lenses.parts.overview import AboutSection, Guide, Overview, Reason
from convatlas.lenses.parts.reports import Budget, Reports
from convatlas.model.manifest import Filter, Layer, Manifest, Network
from convatlas.ui.page import Site
from convatlas.ui.text import number

TITLE = "Feature visualization"


class MaximizeHealth(TypedDict):
    """The fields of ``LayerHealth`` that follow from exciting pictures."""

    passed: int
    failed: int
    median_ratio: float | None
    attempts: float | None


def _health(filters: Sequence[Filter]) -> MaximizeHealth:
    made = [
        found for filter in filters if not filter["dead"] and (found := maximized_positive(filter))
    ]
    judged = [found for found in made if found["passed"] is not None]
    ratios = [found["ratio"] for found in judged if found["ratio"] is not None]
    passed = sum(bool(found["passed"]) for found in judged)
    return {
        "passed": passed,
        "failed": len(judged) - passed,
        "median_ratio": median(ratios) if ratios else None,
        "attempts": fmean(found["attempts"] for found in made) if made else None,
    }


def _on(manifest: Manifest) -> bool:
    return bool(manifest["lenses"]["maximize"])


def _ratio(layer: Layer, filter: Filter) -> float | None:
    made = maximized_positive(filter)
    return made["ratio"] if made and made["passed"] else None


def _ratio_text(layer: Layer, filter: Filter) -> str:
    made = maximized_positive(filter)
    assert made is not None
    return f"The picture made for it reaches {compared(made, examples(filter))}."


class GuideContext(TypedDict):
    """The context of ``lenses/maximize/guide.html``, in addition to the page's own."""

    face: Markup
    """The picture as a tile."""


class MaximizeGuide(Guide):
    """The picture that was made for the filter, and its comparison with the images."""

    place = 100
    template = "lenses/maximize/guide.html"

    def shows(self, site: Site, network: Network, layer: Layer, filter: Filter) -> bool:
        """Return whether the filter has an exciting picture."""
        return maximized_positive(filter) is not None

    def merit(self, filter: Filter) -> float:
        """Return 1 if the picture beats the images, else 0."""
        made = maximized_positive(filter)
        return float(made is not None and (made["ratio"] or 0) > 1)

    def context(
        self, site: Site, network: Network, layer: Layer, filter: Filter
    ) -> Mapping[str, object]:
        """Return the picture as a tile."""
        return GuideContext(face=site.face(filter, layer, network, ""))

    def numbers(self, filter: Filter) -> Sequence[tuple[str, str]]:
        """Return the response to the picture, and its ratio to that to the strongest image."""
        made = maximized_positive(filter)
        if made is None:
            return ()
        values = [("made picture", number(made["response"]))]
        return values if made["ratio"] is None else [*values, ("ratio", number(made["ratio"], 2))]

    def remark(self, filter: Filter) -> str:
        """Return the explanation of the ratio."""
        made = maximized_positive(filter)
        if made is None or made["ratio"] is None:
            return ""
        return (
            "The ratio compares the picture that was made with the best that was found: above 1, "
            "the picture shows more of what the filter wants than any image"
        )


class MaximizeOverview(Overview):
    """The methods, the filters that stand out, and the health of layers."""

    about = (AboutSection("maximize", TITLE, "lenses/maximize/about.html", 100, _on),)
    reasons = (Reason("Furthest beyond every image", _ratio, _ratio_text, place=100),)
    guide = MaximizeGuide()

    def health(self, rectified: bool, filters: Sequence[Filter]) -> Mapping[str, object]:
        """Return how many pictures beat every image, the median ratio, and the mean attempts."""
        return _health(filters)


class MaximizeReports(Reports):
    """The size limits of pictures."""

    budgets = (
        Budget("positive", ("positive",), 9_000, place=100),
        Budget("negative", ("negative",), 5_000, place=200),
        Budget("second", ("second",), 5_000, place=300),
        Budget("history", ("*history",), 4_000, place=400),
        Budget("recipes", ("*-positive", "*-attended", "diverse-*"), None, place=900),
    )
