"""What hypotheses add to the pages about networks and the atlas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypedDict

from markupsafe import Markup

from convatlas.lenses.hypotheses.entries import HypothesisEntry, hypotheses
from convatlas.lenses.hypotheses.pages import PAGE, hypothesis_pages
from convatlas.lenses.parts.overview import AboutSection, Overview, Part
from convatlas.model.manifest import Manifest, Network
from convatlas.model.records import Json
from convatlas.ui.page import Page, Site

MOST = 6
"""Maximum number of claims on the home page."""

TITLE = "Claims put to the test"


class HomeContext(TypedDict):
    """What ``lenses/hypotheses/home.html`` reads."""

    tested: Sequence[HypothesisEntry]
    """The first claims."""
    all_tested: Sequence[HypothesisEntry]


class NetworkContext(TypedDict):
    """What ``lenses/hypotheses/network.html`` reads."""

    tested: Sequence[HypothesisEntry]


class HypothesesOverview(Overview):
    """A page with all claims, and badges on the home page and on networks' pages."""

    about = (
        AboutSection(
            "hypotheses",
            "Claims and their control",
            "lenses/hypotheses/about.html",
            700,
            lambda manifest: bool(hypotheses(manifest)),
        ),
    )

    def pages(self, site: Site) -> Iterator[Page]:
        """Yield the page with all hypotheses, and their data."""
        return hypothesis_pages(site)

    def home_parts(self, site: Site) -> Sequence[Part]:
        """Return a section with the number of claims by verdict, and the first claims."""
        claims = hypotheses(site.manifest)
        if not claims:
            return ()
        context: HomeContext = {"tested": claims[:MOST], "all_tested": claims}
        return [Part("claims", TITLE, "lenses/hypotheses/home.html", context, 200, href=PAGE)]

    def network_parts(self, site: Site, network: Network) -> Sequence[Part]:
        """Return a section with the claims about a network's filters."""
        claims = [each for each in hypotheses(site.manifest) if each["network"] == network["name"]]
        if not claims:
            return ()
        context: NetworkContext = {"tested": claims}
        return [Part("claims", TITLE, "lenses/hypotheses/network.html", context, 200)]

    def help_entries(self, manifest: Manifest) -> Sequence[tuple[str, str, str]]:
        """Return the explanation of a claim."""
        if not hypotheses(manifest):
            return ()
        return [(PAGE, "claim", "A sentence about a filter, put to the test.")]

    def data_files(self, manifest: Manifest) -> Markup:
        """Return a sentence about ``hypotheses.json``."""
        if not hypotheses(manifest):
            return Markup()
        return Markup(
            '. <a href="../hypotheses/hypotheses.json">hypotheses.json</a> has all claims'
        )

    def atlas_json(self, manifest: Manifest) -> Mapping[str, Json]:
        """Return the verdicts, each with the URL of its claim."""
        return {"hypotheses": [_summary(claim) for claim in hypotheses(manifest)]}


def _summary(claim: HypothesisEntry) -> Mapping[str, Json]:
    return {
        "number": claim["number"],
        "filter": claim["filter"],
        "claim": claim["claim"],
        "expect": claim["expect"],
        "verdict": claim["verdict"],
        "href": f"{PAGE}#h{claim['number']}",
    }
