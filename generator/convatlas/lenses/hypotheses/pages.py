"""The page of all hypotheses, with their data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from markupsafe import Markup

from convatlas.lenses.hypotheses.entries import hypotheses
from convatlas.ui.charts.response_plot import Plot, plot
from convatlas.ui.page import Page, Site, data
from convatlas.ui.thumbnails import Fact

ROOT = "../"


class Trial(NamedTuple):
    """A picture that tests a claim, with the responses of all filters of the layer to it."""

    picture: Fact
    plot: Plot


class Claim(NamedTuple):
    """A hypothesis as the page shows it."""

    claim: Fact
    face: Markup  # of its filter; empty where the filter has no page
    tests: list[Trial]


def hypothesis_pages(site: Site) -> Iterator[Page]:
    """The page and its data; nothing where the atlas has no hypotheses."""
    claims = hypotheses(site.manifest)
    if not claims:
        return
    told = [_claim(site, claim) for claim in claims]
    yield site.page("hypotheses.html", "hypotheses/index.html", [site.top], told=told)
    yield "hypotheses/hypotheses.json", data(claims)


def _claim(site: Site, claim: Fact) -> Claim:
    face = Markup("")
    if claim["href"]:
        face = site.face(*site.tiles.filters[claim["href"]], root=ROOT)
    tests = [
        Trial(picture, plot(picture["means"], [claim["index"]], "Mean response", _unlinked))
        for picture in claim["pictures"]
    ]
    return Claim(claim, face, tests)


def _unlinked(_index: int) -> None:
    """The one filter that is marked is linked beside its plots already."""
