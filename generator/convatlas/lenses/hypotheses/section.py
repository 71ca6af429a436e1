"""The hypotheses' part of the manifest: each claim with its ranks, its control and its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convatlas.lenses.examples.records import read_examples
from convatlas.lenses.hypotheses import text as claims
from convatlas.model import scores as scores
from convatlas.model.records import Hypothesis, Json
from convatlas.ui.network_results import NetworkResults


def hypotheses(
    chapters: Sequence[NetworkResults], networks: Sequence[Json], files: dict[str, str]
) -> list[Json]:
    """All hypotheses in the order of the atlas file.

    :param networks: the networks' parts of the manifest, in the order of the chapters.
    :param files: gets the path and digest of each picture.
    """
    told = [
        _HypothesisSection(results, network, files).tell(claim)
        for results, network in zip(chapters, networks, strict=True)
        for claim in results.hypotheses
    ]
    return sorted(told, key=lambda claim: int(claim["number"]))


def rank(means: Sequence[float], index: int) -> int:
    """A filter's rank in its layer by mean response, from 1; of equal ones the earlier is first."""
    own = means[index]
    return 1 + sum(mean > own for mean in means) + means[:index].count(own)


@dataclass(frozen=True)
class _HypothesisSection:
    """Tells of the claims about one network's filters."""

    results: NetworkResults
    network: Json
    files: dict[str, str]

    def tell(self, claim: Hypothesis) -> Json:
        """A claim; its verdict is None until every picture is measured."""
        name, measured = self.results.network.name, self._measured(claim)
        control = self._control(claim)
        verdict = None
        if measured and len(measured) == len(claim.pictures):
            ranks = [picture["rank"] for picture in measured]
            verdict = scores.claimed(ranks, claim.top, control and control["share"])
        told = {
            "number": claim.number,
            "filter": f"{name}/{claim.layer}/{claim.index}",
            "network": name,
            "layer": claim.layer,
            "index": claim.index,
            "href": self._page(claim),
            "claim": claim.claim,
            "top": claim.top,
            "expect": claim.expect,
            "verdict": verdict,
            "pictures": measured,
            "control": control,
        }
        return told | {"why": claims.why(told)}

    def _page(self, claim: Hypothesis) -> str | None:
        """The filter's page, if it has one."""
        if claim.index not in self.results.filters.get(claim.layer, ()):
            return None
        layer = next(each for each in self.network["layers"] if each["name"] == claim.layer)
        own = next(each["href"] for each in layer["filters"] if each["index"] == claim.index)
        return f"{layer['href'].removesuffix('index.html')}{own}"

    def _measured(self, claim: Hypothesis) -> list[Json]:
        measured = []
        for item in claim.pictures:
            record = self.results.records.first("hypotheses", claim.layer, item)
            if record:
                means = record.data["means"]
                place = rank(means, claim.index)
                measured.append(
                    {
                        "id": None if item in claim.hidden else item,  # it would tell what it is
                        "picture": None if item in claim.hidden else self._picture(item),
                        "rank": place,
                        "mean": means[claim.index],
                        "means": means,
                        "held": place <= claim.top,
                    }
                )
        return measured

    def _picture(self, item: str) -> Json:
        record = self.results.records.first("hypotheses", None, item)
        if record is None:
            return None
        picture = record.pictures["picture"]
        name = picture.file(f"hypotheses/{self.network['slug']}-{item}")
        self.files[name] = picture.digest
        return {"file": name, "width": picture.width, "height": picture.height}

    def _control(self, claim: Hypothesis) -> Json:
        """How often the filter stands that high for any image; None where none was shown."""
        record = read_examples(self.results.records, claim.layer, claim.index)
        among = record.data.get("among") if record else None
        if not record or not among:
            return None
        first, share = scores.control(among, claim.top)
        return {"top": first, "share": share, "images": record.data["images"]}
