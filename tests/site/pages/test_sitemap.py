"""What a site whose address is known tells of its pages to the rest of the web."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from convatlas.site.check.check import check
from convatlas.site.pages.sitemap import sitemap
from convatlas.site.publish import publish
from support.markup import written
from support.synthetic import synthetic_manifest

URL = "https://example.org/some/repo/"
SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    manifest, read = synthetic_manifest(networks=2, layers=2, filters=8, probes=1, hypotheses=2)
    manifest["url"] = URL
    manifest["social"] = {"file": "static/card.jpg", "width": 1200, "height": 630, "alt": "A"}
    layer = manifest["networks"][0]["layers"][1]
    layer["social"] = manifest["social"] | {"file": "net0/features.1/card.jpg", "alt": 'B "b"'}
    out = tmp_path_factory.mktemp("site")
    publish(manifest, read, out)
    return out


def locations(data: bytes, kind: str) -> list[str]:
    root = ElementTree.fromstring(data)
    assert root.tag == f"{SPACE}{kind}"
    return [str(each.text) for each in root.iter(f"{SPACE}loc")]


def test_the_sitemap_has_every_page_once(site: Path) -> None:
    addresses = locations((site / "sitemap.xml").read_bytes(), "urlset")
    assert addresses == sorted(set(addresses))
    files = {unquote(address.removeprefix(URL)) for address in addresses}
    found = {f"{path}index.html" if path == "" or path[-1] == "/" else path for path in files}
    pages = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    unlisted = {
        path
        for path in pages
        if 'content="noindex"' in written((site / path).read_text()).split("<body")[0]
    }
    assert "404.html" in unlisted
    assert found == pages - unlisted
    assert "net0/features.1/2.html" in found


def test_every_listed_page_says_the_same_address(site: Path) -> None:
    for address in locations((site / "sitemap.xml").read_bytes(), "urlset"):
        path = address.removeprefix(URL)
        file = site / (f"{path}index.html" if not path or path[-1] == "/" else path)
        page = written(file.read_text())
        assert f'<link rel="canonical" href="{address}">' in page
        assert f'<meta property="og:url" content="{address}">' in page
        assert len(re.findall('<meta name="description" content="[^"]+">', page)) == 1


def test_pages_name_the_nearest_picture(site: Path) -> None:
    home, layer = written((site / "index.html").read_text("utf-8")), "net0/features.1"
    assert f'<meta property="og:image" content="{URL}static/card.jpg">' in home
    for path in ("index.html", "2.html"):
        page = written((site / layer / path).read_text())
        assert f'<meta property="og:image" content="{URL}{layer}/card.jpg">' in page
        assert 'content="B &#34;b&#34;"' in page
    assert f'content="{URL}static/card.jpg"' in written(
        (site / "net1" / "index.html").read_text("utf-8")
    )


def test_titles_and_descriptions_are_those_of_the_page(site: Path) -> None:
    page = written((site / "net0" / "features.1" / "2.html").read_text("utf-8"))
    title = re.search("<title>(.*)</title>", page)
    description = re.search('<meta name="description" content="([^"]*)">', page)
    assert title and description
    assert f'<meta property="og:title" content="{title[1]}">' in page
    assert f'<meta property="og:description" content="{description[1]}">' in page


def test_the_page_for_no_page_has_links_from_the_root_of_the_host(site: Path) -> None:
    page = written((site / "404.html").read_text("utf-8"))
    assert 'data-root="/some/repo/"' in page
    for link in re.findall(r'(?:href|src)="([^"]*)"', page):
        assert link.startswith(("/some/repo/", "#")), link
    assert 'rel="canonical"' not in page
    findings = [each for each in check(site).findings if "404" in each]
    assert findings == []


def test_without_an_address_there_is_none_of_it(tmp_path: Path) -> None:
    manifest, read = synthetic_manifest(layers=1, filters=2)
    publish(manifest, read, tmp_path / "site")
    names = {path.name for path in (tmp_path / "site").iterdir()}
    assert not names & {"404.html", "sitemap.xml", "robots.txt"}
    for page in (tmp_path / "site").rglob("*.html"):
        assert not re.search(r"canonical|og:|twitter:", page.read_text()), page


def test_more_addresses_than_a_file_may_hold_are_split() -> None:
    pages = [f"net/layer/{number}.html" for number in range(100_001)]
    files = dict(sitemap(URL, pages))
    assert sorted(files) == ["sitemap-1.xml", "sitemap-2.xml", "sitemap-3.xml", "sitemap.xml"]
    parts = locations(files["sitemap.xml"], "sitemapindex")
    assert parts == [f"{URL}sitemap-{number}.xml" for number in (1, 2, 3)]
    found = [locations(files[part.removeprefix(URL)], "urlset") for part in parts]
    assert [len(part) for part in found] == [50_000, 50_000, 1]
    assert len({address for part in found for address in part}) == 100_001


def test_addresses_are_escaped_for_the_web_and_for_xml() -> None:
    (_, data), *_ = sitemap("https://a.b/c&d/", ["conv@2/a b.html", "index.html"])
    assert b"<loc>https://a.b/c&amp;d/conv@2/a%20b.html</loc>" in data
    assert b"<loc>https://a.b/c&amp;d/</loc>" in data


def test_robots_are_told_only_at_the_root_of_a_host() -> None:
    assert "robots.txt" not in dict(sitemap(URL, ["index.html"]))
    files = dict(sitemap("https://a.b/", ["index.html"]))
    assert files["robots.txt"] == b"Sitemap: https://a.b/sitemap.xml\n"
