"""The page of all hypotheses, with their data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypedDict

from markupsafe import Markup

from convatlas.lenses.hypotheses.entries import HypothesisEntry, MeasuredPicture, hypotheses
from convatlas.ui.charts.response_plot import Plot, plot
from convatlas.ui.page import Page, Site, data

PAGE = "hypotheses/index.html"
ROOT = "../"


class Trial(NamedTuple):
    """A picture that tests a claim, and the responses of all filters of the layer to it."""

    picture: MeasuredPicture
    plot: Plot


class Claim(NamedTuple):
    """A hypothesis as shown on the page."""

    claim: HypothesisEntry
    face: Markup  # the filter's thumbnail; empty if the filter has no page
    tests: list[Trial]


class HypothesesContext(TypedDict):
    """What ``lenses/hypotheses/hypotheses.html`` reads."""

    told: Sequence[Claim]


def hypothesis_pages(site: Site) -> Iterator[Page]:
    """Yield the page and its data; nothing if the atlas has no hypotheses."""
    entries = hypotheses(site.manifest)
    if not entries:
        return
    context: HypothesesContext = {"told": [_claim(site, entry) for entry in entries]}
    yield site.page("lenses/hypotheses/hypotheses.html", PAGE, [site.top], **context)
    yield "hypotheses/hypotheses.json", data(entries)


def _claim(site: Site, entry: HypothesisEntry) -> Claim:
    face = Markup("")
    if entry["href"]:
        face = site.face(*site.tiles.filters[entry["href"]], root=ROOT)
    tests = [
        Trial(picture, plot(picture["means"], [entry["index"]], "Mean response", _unlinked))
        for picture in entry["pictures"]
    ]
    return Claim(entry, face, tests)


def _unlinked(_index: int) -> None:
    """Return None, since the only marked filter is already linked next to its plots."""
