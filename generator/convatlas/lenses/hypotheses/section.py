"""The hypotheses' part of the manifest: claims with their ranks, control and verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from convatlas.lenses.examples.records import read_examples
from convatlas.lenses.hypotheses import text
from convatlas.lenses.hypotheses.entries import (
    Control,
    HypothesisEntry,
    MeasuredClaim,
    MeasuredPicture,
)
from convatlas.lenses.hypotheses.records import read_means, read_picture
from convatlas.lenses.parts.section import Section
from convatlas.model import scores
from convatlas.model.facts import Hypothesis
from convatlas.model.manifest import File, Network, layer_folder
from convatlas.ui.network_results import NetworkResults


class HypothesesSection(Section):
    """All hypotheses in the order of the atlas file."""

    def atlas_entries(
        self, results: Sequence[NetworkResults], networks: Sequence[Network], files: dict[str, str]
    ) -> Mapping[str, object]:
        """Return the hypotheses under "hypotheses"."""
        entries = [
            _NetworkClaims(each, network, files).entry(claim)
            for each, network in zip(results, networks, strict=True)
            for claim in each.hypotheses
        ]
        return {"hypotheses": sorted(entries, key=lambda entry: entry["number"])}


def rank(means: Sequence[float], index: int) -> int:
    """Return a filter's rank in its layer by mean response, from 1; ties are ranked by index."""
    own = means[index]
    return 1 + sum(mean > own for mean in means) + means[:index].count(own)


@dataclass(frozen=True)
class _NetworkClaims:
    """Makes the entries of the claims about one network's filters."""

    results: NetworkResults
    network: Network
    files: dict[str, str]

    def entry(self, claim: Hypothesis) -> HypothesisEntry:
        measured = self._claim(claim)
        return {**measured, "why": text.why(measured)}

    def _claim(self, claim: Hypothesis) -> MeasuredClaim:
        """Return a claim without its reason; its verdict is None until all are measured."""
        pictures, control = self._pictures(claim), self._control(claim)
        verdict = None
        if pictures and len(pictures) == len(claim.pictures):
            ranks = [picture["rank"] for picture in pictures]
            verdict = scores.claimed(ranks, claim.top, control and control["share"])
        return {
            "number": claim.number,
            "filter": f"{self.network['name']}/{claim.layer}/{claim.index}",
            "network": self.network["name"],
            "layer": claim.layer,
            "index": claim.index,
            "href": self._page(claim),
            "claim": claim.claim,
            "top": claim.top,
            "expect": claim.expect,
            "verdict": verdict,
            "pictures": pictures,
            "control": control,
        }

    def _page(self, claim: Hypothesis) -> str | None:
        """Return the URL of the filter's page from the site's root, or None."""
        if claim.index not in self.results.filters.get(claim.layer, ()):
            return None
        layer = next(each for each in self.network["layers"] if each["name"] == claim.layer)
        own = next(each["href"] for each in layer["filters"] if each["index"] == claim.index)
        return layer_folder(layer) + own

    def _pictures(self, claim: Hypothesis) -> list[MeasuredPicture]:
        """Return the measured pictures of a claim."""
        return [
            self._measured(claim, item, record.data["means"])
            for item in claim.pictures
            if (record := read_means(self.results.records, claim.layer, item))
        ]

    def _measured(self, claim: Hypothesis, item: str, means: list[float]) -> MeasuredPicture:
        hidden, place = item in claim.hidden, rank(means, claim.index)
        return {
            "id": None if hidden else item,  # because the id would identify the picture
            "picture": None if hidden else self._picture(item),
            "rank": place,
            "mean": means[claim.index],
            "means": means,
            "held": place <= claim.top,
        }

    def _picture(self, item: str) -> File | None:
        picture = read_picture(self.results.records, item)
        if picture is None:
            return None
        name = picture.file(f"hypotheses/{self.network['slug']}-{item}")
        self.files[name] = picture.digest
        return {"file": name, "width": picture.width, "height": picture.height}

    def _control(self, claim: Hypothesis) -> Control | None:
        """Return how often the filter has such a rank for any image; None without images."""
        record = read_examples(self.results.records, claim.layer, claim.index)
        among = record.data.get("among") if record else None
        if not record or not among:
            return None
        first, share = scores.control(among, claim.top)
        return {"top": first, "share": share, "images": record.data["images"]}
