"""Logo, footer, pages, notes and highlights in the manifest, and on the pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from convatlas.errors import SiteError
from convatlas.site.check.check import check
from convatlas.site.publish import publish
from support.customized import customized, parsed
from support.markup import written
from support.synthetic import Read, synthetic_manifest

ATLAS = """
models: [{name: net0, source: x:y}, {name: net1, source: x:y}]
notes:
  net0/features.1/2: windows
  net0/features.1/4: {remark: "As *[2](atlas:net0/features.1/2)*: <b>rows</b> & columns."}
  net0/features.9/9: waits
site:
  url: https://example.org/below
  logo: logo.png
  footer: "By **us**, [there](https://us.org)"
  extra: [{title: A tour & more, file: tour.md}, {title: index, file: more/method.md}]
  highlights: [net1/features.0/1, {filter: net0/features.1/2, text: Windows & doors}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "more").mkdir()
    (tmp_path / "tour.md").write_text(
        "From [here](atlas:net0/features.1) to [there](more/method.md#how) and [on](#next).\n\n"
        "## Next\n\n| a |\n|---|\n| 1 |\n"
    )
    (tmp_path / "more" / "method.md").write_text("# How\n\n![noise](a%20b.PNG) [t](../tour.md)\n")
    Image.new("RGB", (40, 20)).save(tmp_path / "more" / "a b.PNG")
    Image.new("RGB", (64, 32)).save(tmp_path / "logo.png")
    (tmp_path / "atlas.yaml").write_text(ATLAS)
    return tmp_path


def told(folder: Path) -> tuple[dict[str, Any], Read]:
    return customized(synthetic_manifest(networks=2, layers=3, filters=8), parsed(ATLAS, folder))


def test_the_manifest_tells_what_the_owner_brought(folder: Path) -> None:
    manifest, _ = told(folder)
    assert manifest["url"] == "https://example.org/below/"
    assert re.fullmatch(r"static/logo-[0-9a-f]{12}\.png", manifest["logo"]["file"])
    assert (manifest["logo"]["width"], manifest["logo"]["height"]) == (64, 32)
    assert manifest["footer"] == (
        'By <strong>us</strong>, <a href="https://us.org" rel="external">there</a>'
    )
    tour, index = manifest["pages"]
    assert re.fullmatch(r"about/A-tour-more(-[0-9a-f]{8})?\.html", tour["href"])
    assert re.fullmatch(r"about/index-[0-9a-f]{8}\.html", index["href"])  # about/index is ours
    assert 'href="../net0/features.1/index.html"' in tour["html"]
    assert f'href="{index["href"].removeprefix("about/")}#how"' in tour["html"]
    assert tour["summary"] == "From here to there and on."
    assert re.search(r'src="a-b(-[0-9a-f]+)?-[0-9a-f]{12}\.png"', index["html"])
    first, second = manifest["highlights"]
    assert first["href"] == "net1/features.0/1.html"
    assert (first["text"], second["text"]) == ("", "Windows & doors")


def test_notes_stand_with_their_filters(folder: Path) -> None:
    filters = told(folder)[0]["networks"][0]["layers"][1]["filters"]
    assert filters[2]["note"] == {"name": "windows", "remark": None, "text": ""}
    assert filters[4]["note"] == {
        "name": None,
        "remark": 'As <em><a href="../../net0/features.1/2.html">2</a></em>: '
        "&lt;b&gt;rows&lt;/b&gt; &amp; columns.",
        "text": "As 2: <b>rows</b> & columns.",
    }
    assert filters[3]["note"] is None


def test_the_site_holds_together(folder: Path, tmp_path: Path) -> None:
    manifest, read = told(folder)
    out = tmp_path / "site"
    publish(manifest, read, out)
    assert check(out).findings == ()
    page = (out / manifest["pages"][0]["href"]).read_text()
    assert "<h1>A tour &amp; more</h1>" in page
    assert f'<img src="../{manifest["logo"]["file"]}"' in page
    assert "By <strong>us</strong>" in page
    for other in manifest["pages"]:
        assert f'href="../{other["href"]}">' in page
    home = written((out / "index.html").read_text("utf-8"))
    assert "Windows &amp; doors" in home
    assert 'href="net0/features.1/2.html"' in home
    filter = written((out / "net0" / "features.1" / "4.html").read_text("utf-8"))
    assert "&lt;b&gt;rows&lt;/b&gt;" in filter
    assert "windows" in written((out / "net0" / "features.1" / "2.html").read_text("utf-8"))


def test_the_search_knows_names_and_remarks(folder: Path, tmp_path: Path) -> None:
    manifest, read = told(folder)
    publish(manifest, read, tmp_path / "site")
    index = (tmp_path / "site" / "search" / "index.js").read_text()
    assert "windows" in index


def test_a_file_that_went_meanwhile_is_one_sentence(folder: Path) -> None:
    configuration = parsed(ATLAS, folder)
    (folder / "more" / "a b.PNG").unlink()
    with pytest.raises(SiteError, match=r"a b\.PNG cannot be read"):
        customized(synthetic_manifest(networks=2, layers=3, filters=8), configuration)


def test_the_glossary_has_its_words_in_order_and_links_to_them(tmp_path: Path) -> None:
    manifest, read = synthetic_manifest(layers=1, filters=2)
    publish(manifest, read, tmp_path / "site")
    page = written((tmp_path / "site" / "about" / "glossary.html").read_text("utf-8"))
    words = re.findall(r'<div id="([^"]+)"><dt>([^<]+)</dt>', page)
    assert [name for _, name in words] == sorted((name for _, name in words), key=str.casefold)
    assert {"response", "filter", "layer", "receptive-field", "ratio", "selectivity"} <= {
        id for id, _ in words
    }
    for id, _ in words:
        assert f'href="#{id}"' in page
    assert 'href="glossary.html"' in written(
        (tmp_path / "site" / "about" / "index.html").read_text("utf-8")
    )
