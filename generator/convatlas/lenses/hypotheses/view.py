"""The hypotheses on a filter's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from convatlas.lenses.hypotheses import text
from convatlas.lenses.hypotheses.entries import HypothesisEntry, hypotheses
from convatlas.lenses.parts.view import LayerPage, PageSection, View


class HypothesesContext(TypedDict):
    """What ``lenses/hypotheses/mentions.html`` reads for all filters of a layer."""

    tested: Mapping[int, Sequence[HypothesisEntry]]
    """The claims about each filter, by its index; filters without claims are left out."""


class HypothesesView(View):
    """The claims about a filter, with their verdicts."""

    globals: Mapping[str, object] = {"claims": text}
    sections = (PageSection("lenses/hypotheses/mentions.html", 200, slot="header"),)

    def layer_context(self, page: LayerPage) -> Mapping[str, object]:
        """Return a ``HypothesesContext``."""
        own = page.network["name"], page.layer["name"]
        tested: dict[int, list[HypothesisEntry]] = {}
        for claim in hypotheses(page.site.manifest):
            if (claim["network"], claim["layer"]) == own:
                tested.setdefault(claim["index"], []).append(claim)
        return HypothesesContext(tested=tested)
