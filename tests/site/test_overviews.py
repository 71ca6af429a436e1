"""A lens that nobody here knows has its part of every page about networks and the atlas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import jinja2
import pytest
from markupsafe import Markup

from convatlas.lenses.base import Lens
from convatlas.lenses.parts.overview import AboutSection, Guide, Overview, Part, Reason, Symptom
from convatlas.lenses.registry import lenses
from convatlas.model.manifest import Filter, Layer, Manifest, Network
from convatlas.model.records import Json
from convatlas.site import overviews
from convatlas.site.health import health
from convatlas.site.pages import open_site, parts
from convatlas.ui.page import Page, Site
from convatlas.ui.tile_drawing import DrawnOnce
from support.markup import written
from support.synthetic import synthetic_manifest
from support.synthetic_effects import with_effects

TEMPLATES = {
    "lenses/hues/about.html": "<p>About hues of {{ site.title }}</p>",
    "lenses/hues/home.html": "<p>{{ hues }} hues</p>",
    "lenses/hues/guide.html": "<figure>{{ example.filter.index }} is {{ colour }}</figure>",
    "lenses/hues/own.html": "<p>All hues, {{ root }}</p>",
}


class HuesGuide(Guide):
    place = 150
    template = "lenses/hues/guide.html"

    def shows(self, site: Site, network: Network, layer: Layer, filter: Filter) -> bool:
        return filter["index"] == 2

    def context(
        self, site: Site, network: Network, layer: Layer, filter: Filter
    ) -> Mapping[str, object]:
        return {"colour": "teal"}

    def numbers(self, filter: Filter) -> Sequence[tuple[str, str]]:
        return [("hue in degrees", "180")]

    def remark(self, filter: Filter) -> str:
        return "Hues are a circle"


class HuesOverview(Overview):
    about = (
        AboutSection("hues", "Hues & colours", "lenses/hues/about.html", 350, lambda _: True),
        AboutSection("no-hues", "Never", "lenses/hues/about.html", 360, lambda _: False),
    )
    reasons = (
        Reason(
            "The last",
            lambda layer, filter: float(filter["index"]),
            lambda layer, filter: f"No {filter['index']}.",
            place=50,
        ),
    )
    guide = HuesGuide()

    def pages(self, site: Site) -> Iterator[Page]:
        yield site.page("lenses/hues/own.html", "hues/index.html", [site.top])

    def home_parts(self, site: Site) -> Sequence[Part]:
        template = "lenses/hues/home.html"
        return [Part("hues", "All hues", template, {"hues": 12}, 150, href="hues/index.html")]

    def network_parts(self, site: Site, network: Network) -> Sequence[Part]:
        return [Part("hues", "Its hues", "lenses/hues/home.html", {"hues": 7}, 150)]

    def class_parts(
        self, site: Site, network: Network, number: int, drawn: DrawnOnce
    ) -> Sequence[Part]:
        return [Part("hues", "Its hues", "lenses/hues/home.html", {"hues": number}, 150)]

    def health(self, rectified: bool, filters: Sequence[Filter]) -> Mapping[str, object]:
        return {"grey": len(filters)}

    def symptoms(self, layer: Layer) -> Sequence[Symptom]:
        return [Symptom("Grey", "The grey filters", layer["filters"][:1])]

    def help_entries(self, manifest: Manifest) -> Sequence[tuple[str, str, str]]:
        return [("hues/index.html", "hue", "A colour.")]

    def data_files(self, manifest: Manifest) -> Markup:
        return Markup(", and <b>hues.json</b>")

    def atlas_json(self, manifest: Manifest) -> Mapping[str, Json]:
        return {"hues": [1, 2]}


class Hues(Lens):
    name = "hues"
    version = 1
    overview = HuesOverview()


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    every = (*lenses(), Hues())
    monkeypatch.setattr(overviews, "lenses", lambda: every)


@pytest.fixture
def site(known: None) -> dict[str, str]:
    """The pages of a small atlas, by path."""
    return rendered(synthetic_manifest(layers=2, filters=8, probes=1, hypotheses=1)[0])


def rendered(manifest: Manifest) -> dict[str, str]:
    opened = open_site(manifest, None)
    assert opened.env.loader is not None
    opened.env.loader = jinja2.ChoiceLoader([opened.env.loader, jinja2.DictLoader(TEMPLATES)])
    return {path: written(data) for part in parts(opened) for path, data in part()}


def test_it_has_pages_of_its_own(site: dict[str, str]) -> None:
    assert site["hues/index.html"] == "<p>All hues, ../</p>"


def test_its_sections_stand_among_those_of_other_lenses(site: dict[str, str]) -> None:
    home, network = site["index.html"], site["net0/index.html"]
    assert '<h2 id="hues"><a href="hues/index.html">All hues</a></h2><p>12 hues</p>' in home
    assert home.index('id="probes"') < home.index('id="hues"') < home.index('id="claims"')
    assert '<h2 id="hues">Its hues</h2><p>7 hues</p>' in network
    assert ' · <a href="#hues">Its hues</a> · <a href="#claims">' in network


def test_the_page_of_each_class_has_its_section(known: None) -> None:
    manifest, _ = with_effects(synthetic_manifest(layers=1, filters=4, images=6))
    site = rendered(manifest)
    for entry in manifest["classes"]["net0"]:
        own = f'<h2 id="hues">Its hues</h2><p>{entry["number"]} hues</p>'
        assert site[entry["href"]].count(own) == 1
        assert site[entry["href"]].index('id="filters"') < site[entry["href"]].index(own)


def test_it_explains_itself_by_the_filter_that_all_can_show(site: dict[str, str]) -> None:
    reading = site["index.html"].partition('id="reading"')[2].partition("</section>")[0]
    assert reading.index("<b>Made</b>") < reading.index("2 is teal") < reading.index("<b>Found</b>")
    assert "<dt>hue in degrees</dt><dd>180</dd>" in reading
    assert reading.index("Hues are a circle") < reading.index("</figcaption></figure></div>")


def test_about_and_help_tell_of_it(site: dict[str, str]) -> None:
    about, help = site["about/index.html"], site["help/index.html"]
    contents = about.partition('class="contents"')[2].partition("</nav>")[0]
    assert '<a href="#hues">Hues &amp; colours</a>' in about
    assert contents.index("#examples") < contents.index("#hues") < contents.index("#kernels")
    assert "<p>About hues of Filters of a test</p>" in about
    assert "no-hues" not in about
    assert ", and <b>hues.json</b>" in about
    assert '<dt><a href="../hues/index.html">hue</a></dt><dd>A colour.</dd>' in help


def test_its_reasons_and_symptoms_are_told(site: dict[str, str]) -> None:
    network = site["net0/index.html"]
    assert network.index("<b>The last</b>") < network.index("<b>Furthest beyond every image</b>")
    assert "<p>No 7.</p>" in network
    assert 'Grey: <a href="0.html">0</a>' in site["net0/features.0/index.html"]


def test_programs_are_told_of_it(site: dict[str, str]) -> None:
    assert json.loads(site["atlas.json"])["hues"] == [1, 2]


def test_it_adds_to_a_layers_health(known: None) -> None:
    assert health(True, [], None)["filters"] == 0
    assert health(True, [], None)["grey"] == 0  # type: ignore[typeddict-item]
