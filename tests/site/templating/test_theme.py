"""A theme changes what it names, block by block; a broken one is told with file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from convatlas.errors import SiteError
from convatlas.site.pages import pages
from convatlas.site.publish import publish
from convatlas.site.templating.own_folders import own_folder
from support.markup import written
from support.synthetic import synthetic_manifest


@pytest.fixture
def theme(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "static").mkdir()
    return tmp_path


def site(theme: Path) -> dict[str, str]:
    manifest, _ = synthetic_manifest(networks=1, layers=2, filters=4, probes=1, hypotheses=1)
    return {path: written(data) for path, data in pages(manifest, theme)}


def failing(theme: Path, name: str, text: str) -> str:
    (theme / "templates" / name).write_text(text)
    with pytest.raises(SiteError) as caught:
        site(theme)
    return str(caught.value).replace(f"{theme}/templates/", "")


def test_styles_come_after_all_of_ours_on_every_page(theme: Path) -> None:
    (theme / "static" / "theme.css").write_text(":root { --accent: #a0f; }")
    found = site(theme)
    for path, text in found.items():
        if path.endswith(".html"):
            last = re.findall(r'<link rel="stylesheet" href="([^"]+)">', text)[-1]
            assert re.fullmatch(r"(\.\./)*static/theme\.[0-9a-f]{8}\.css", last), path
    assert any(re.fullmatch(r"static/atlas\.[0-9a-f]{8}\.css", path) for path in found)


def test_files_of_ones_own_are_named_in_the_head(theme: Path) -> None:
    (theme / "static" / "mine.js").write_text("// mine")
    (theme / "templates" / "layer.html").write_text(
        '{% extends "!default/layer.html" %}{% block head %}'
        '<script defer src="{{ root }}{{ asset("mine.js") }}"></script>{% endblock %}'
    )
    found = site(theme)
    page = found["net0/features.0/index.html"]
    scripts = re.findall(r'<script defer src="\.\./\.\./([^"]+)">', page)
    assert re.fullmatch(r"static/mine\.[0-9a-f]{8}\.js", scripts[-1])
    assert found[scripts[-1]] == "// mine"
    assert any("layer." in script for script in scripts)


def test_without_one_there_is_no_such_link(theme: Path) -> None:
    assert not any("theme." in text and "theme.css" in text for text in site(theme).values())


def test_a_block_that_is_not_there_is_told(theme: Path) -> None:
    text = '{% extends "!default/filter.html" %}\n\n{% block aftr %}{% endblock %}'
    told = failing(theme, "filter.html", text)
    assert told == (
        "filter.html:3: !default/filter.html has no block 'aftr'; did you mean 'after'?"
    )


def test_blocks_of_templates_further_up_and_new_ones_inside_are_fine(theme: Path) -> None:
    (theme / "templates" / "filter.html").write_text(
        '{% extends "!default/filter.html" %}'
        "{% block main %}{% block mine %}mine{% endblock %}{{ super() }}{% endblock %}"
        "{% block head %}<!-- mine -->{% endblock %}"
    )
    page = site(theme)["net0/features.0/0.html"]
    assert '<main id="main">mine<' in page.replace("\n", "")
    assert "<!-- mine -->" in page


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\n{% block main %}", "home.html:2: Unexpected end of template"),
        ("a\nb\n{{ site.title", "home.html:3: unexpected end of template"),
        ("\n{{ site.title|counts }}", "home.html:2: No filter named 'counts'"),
        ('{% extends "bse.html" %}', "home.html:1: there is no template bse.html; did you mean 'b"),
        ('{% extends "home.html" %}', "home.html:1: the template refers to itself; write !default"),
        ("\n{% include 'x.html' %}", "home.html:2: there is no template x.html"),
        ("\n\n{{ site.titel }}", "home.html:3: the template fails: 'dict object' has no attribute"),
        ("\n{{ 1 + 'a' }}", "home.html:2: the template fails: TypeError: unsupported operand"),
        ("{{ site.networks[99].name }}", "home.html:1: the template fails: "),
    ],
)
def test_a_broken_template_is_told_with_file_and_line(
    theme: Path, text: str, expected: str
) -> None:
    assert failing(theme, "home.html", text).casefold().startswith(expected.casefold())


def test_a_template_that_no_page_is_made_from_is_told(theme: Path) -> None:
    told = failing(theme, "fliter.html", "x")
    assert told == (
        "fliter.html: no page is made from a template of this name; "
        "did you mean 'filter.html' or 'filters.html' or 'layer.html'?"
    )
    (theme / "templates" / "home.html").write_text(
        '{% extends "!default/home.html" %}'
        '{% block head %}{% include "fliter.html" %}{% endblock %}'
    )
    assert "index.html" in site(theme)


def test_several_mistakes_are_told_at_once(theme: Path) -> None:
    (theme / "templates" / "about.html").write_text("{% if %}")
    told = failing(theme, "home.html", "{% if %}")
    assert [line.partition(":")[0] for line in told.splitlines()] == ["about.html", "home.html"]


def test_nothing_is_written_where_a_template_cannot_be_read(theme: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    manifest, read = synthetic_manifest(layers=1, filters=2)
    publish(manifest, read, out)
    before = {path: path.read_bytes() for path in out.rglob("*.html")}
    (theme / "templates" / "home.html").write_text("{% if %}")
    with pytest.raises(SiteError, match=r"home\.html:1"):
        publish(manifest, read, out, theme)
    assert {path: path.read_bytes() for path in out.rglob("*.html")} == before


def test_the_custom_properties_are_documented() -> None:
    styles = (own_folder("static") / "atlas.css").read_text()
    root = styles.partition(":root {")[2].partition("}")[0]
    names = set(re.findall(r"(--[\w-]+):", root))
    text = (own_folder("templates").parent / "docs" / "theming.md").read_text()
    assert names
    for name in names:
        assert f"`{name}`" in text, name


def test_the_blocks_and_templates_are_documented() -> None:
    templates = own_folder("templates")
    text = (templates.parent / "docs" / "theming.md").read_text()
    base = written((templates / "base.html").read_text("utf-8"))
    for name in re.findall(r"{% block (\w+) %}", base):
        assert f"`{name}`" in text, name
    for name in re.findall(r"`([\w./]+\.html)`", text):
        assert (templates / name).is_file(), name
    for name in re.findall(r"`!default/([\w./]+)`|!default/([\w./]+\.html)", text):
        assert (templates / "".join(name)).is_file(), name
