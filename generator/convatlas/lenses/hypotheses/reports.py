"""What hypotheses add to the output of ``build``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from convatlas.lenses.hypotheses.entries import HypothesisEntry, hypotheses
from convatlas.lenses.hypotheses.text import verdict
from convatlas.lenses.parts.reports import Reports
from convatlas.model.manifest import Manifest
from convatlas.model.records import Json


class HypothesesReports(Reports):
    """The verdicts, and the unexpected ones among them."""

    folder = "hypotheses"

    def summary(self, manifest: Manifest) -> Mapping[str, Json]:
        """Return each claim with its verdict and the expected verdict."""
        return {
            "hypotheses": [
                {
                    "filter": claim["filter"],
                    "claim": claim["claim"],
                    "verdict": claim["verdict"],
                    "expect": claim["expect"],
                }
                for claim in hypotheses(manifest)
            ]
        }

    def closing_lines(self, manifest: Manifest) -> Iterator[str]:
        """Yield the claims with an unexpected verdict, then the counts of all verdicts."""
        yield from self.unmet(manifest)
        counts = Counter(map(verdict, hypotheses(manifest)))
        if counts:
            yield "hypotheses: " + ", ".join(f"{count} {name}" for name, count in counts.items())

    def unmet(self, manifest: Manifest) -> Sequence[str]:
        """Return the claims with an unexpected verdict, each with the reason."""
        return [
            _unmet(claim)
            for claim in hypotheses(manifest)
            if claim["expect"] not in (None, claim["verdict"])
        ]


def _unmet(claim: HypothesisEntry) -> str:
    found = f"'{claim['claim']}' is {verdict(claim)}, though {claim['expect']} was expected"
    return f"{claim['filter']}: {found}: {claim['why']}"
