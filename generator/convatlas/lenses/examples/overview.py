"""The results of images on the pages about networks and the atlas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypedDict

from markupsafe import Markup

from convatlas.lenses.examples.entries import examples
from convatlas.lenses.examples.health import health, symptoms
from convatlas.lenses.examples.reasons import REASONS
from convatlas.lenses.examples.strongest_image import StrongestImage, strongest_image, window_html
from convatlas.lenses.parts.overview import AboutSection, Guide, Overview, Symptom
from convatlas.lenses.parts.reports import Budget, Reports
from convatlas.model.manifest import Filter, Layer, Manifest, Network, Reach
from convatlas.ui.page import Site, image_page
from convatlas.ui.text import number, percent, plural

NAMED = 3
"""How many layers that not all images reach are named in the last lines of a build."""


def _on(manifest: Manifest) -> bool:
    return bool(manifest["lenses"]["examples"])


class GuideContext(TypedDict):
    """The context of ``lenses/examples/guide.html``, in addition to the page's own."""

    strongest: StrongestImage
    strongest_page: str | None
    """The page of the image."""
    window: Markup
    """The part of it that the filter sees."""
    images: int
    """The number of images in the set."""


class ExamplesGuide(Guide):
    """The filter's strongest image, and the filter's statistics."""

    place = 200
    template = "lenses/examples/guide.html"

    def shows(self, site: Site, network: Network, layer: Layer, filter: Filter) -> bool:
        """Return whether the strongest image is published."""
        return strongest_image(filter, layer, network) is not None

    def merit(self, filter: Filter) -> float:
        """Return the distance of the strongest image from the mean, in standard deviations."""
        entry = examples(filter)
        if not entry or not entry["top"] or not entry["std_highest"]:
            return 0.0
        return (entry["top"][0]["response"] - entry["mean_highest"]) / entry["std_highest"]

    def context(
        self, site: Site, network: Network, layer: Layer, filter: Filter
    ) -> Mapping[str, object]:
        """Return the strongest image, its page, its window, and the number of images."""
        best, entry = strongest_image(filter, layer, network), examples(filter)
        assert best is not None
        assert entry is not None
        return GuideContext(
            strongest=best,
            strongest_page=image_page(site.images(network), best.example["image"]),
            window=window_html(best, ""),
            images=entry["images"],
        )

    def numbers(self, filter: Filter) -> Sequence[tuple[str, str]]:
        """Return the range of responses, the share of images above zero, and the selectivity."""
        entry = examples(filter)
        if entry is None:
            return ()
        values = [
            ("highest response", number(entry["bounds"]["highest"])),
            ("lowest", number(entry["bounds"]["lowest"])),
            ("images above zero", percent(entry["share_images"])),
        ]
        if entry["selectivity"] is not None:
            values.append(("selectivity", number(entry["selectivity"], 2)))
        return values


class ExamplesOverview(Overview):
    """The methods, the filters that stand out, and the health of layers."""

    about = (
        AboutSection("examples", "Top activating images", "lenses/examples/about.html", 200, _on),
        AboutSection("health", "The health of a layer", "lenses/examples/health.html", 300, _on),
    )
    reasons = REASONS
    guide = ExamplesGuide()

    def health(self, rectified: bool, filters: Sequence[Filter]) -> Mapping[str, object]:
        """Return the numbers of silent and always active filters, and the scale of responses."""
        return health(rectified, filters)

    def symptoms(self, layer: Layer) -> Sequence[Symptom]:
        """Return the silent filters, and those that are always on."""
        return symptoms(layer)


class ExamplesReports(Reports):
    """The size limit of heat maps, and a note on records that wait for examples."""

    budgets = (Budget("heat", ("heat",), 3_000, place=500),)

    def closing_lines(self, manifest: Manifest) -> Iterator[str]:
        """Yield a line for each network with layers that not all images reach."""
        for network in manifest["networks"]:
            reaches = [(layer["name"], layer["health"]["reach"]) for layer in network["layers"]]
            some = [(name, reach) for name, reach in reaches if reach and _partial(reach)]
            if some:
                named = [f"{name} by {reach['images']:,}" for name, reach in some[:NAMED]]
                more = f" and {len(some) - NAMED:,} more" if len(some) > NAMED else ""
                yield (
                    f"{network['name']}: not all of {plural(some[0][1]['of'], 'image')} reach every"
                    f" layer ({', '.join(named)}{more}); the others are left out there"
                )

    def plan_note(self, missing: int) -> str:
        """Return a note on what is requested only once the strongest images are known."""
        return (
            "images to publish, those to\n"
            "trace, and further attempts are known only when the examples are there"
        )


def _partial(reach: Reach) -> bool:
    """Return whether some images do not reach a layer."""
    return reach["images"] < reach["of"]
