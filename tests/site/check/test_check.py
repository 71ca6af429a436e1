from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import pytest

from convatlas.errors import SiteError
from convatlas.lenses.base import Lens
from convatlas.lenses.parts.reports import Budget, Reports
from convatlas.lenses.registry import lenses
from convatlas.site.check import budgets, links
from convatlas.site.check.check import check
from convatlas.site.publish import publish
from support.synthetic import synthetic_manifest
from support.synthetic_effects import with_effects


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    publish(*with_effects(synthetic_manifest(networks=2, layers=4, filters=9, images=10)), out)
    return out


def page(out: Path, body: str) -> Path:
    """A site of two pages; ``body`` stands in the first."""
    (out / "net").mkdir(parents=True)
    (out / "index.html").write_text(f"<!doctype html><main id=main>{body}</main>")
    (out / "net" / "index.html").write_text("<p id=top>")
    return out


def test_a_published_site_has_no_fault(built: Path) -> None:
    report = check(built)
    assert report.findings == ()
    assert report.notes == ()
    assert json.loads(json.dumps(asdict(report)))["parts"] == report.parts
    assert report.files == sum(f.is_file() and f.name[0] != "." for f in built.rglob("*"))
    own = {"html", "positive", "negative", "second", "history", "recipes", "kernels", "heat"}
    assert set(report.sizes) == {"pages", "data", "static", "images", "classes", *own}
    assert sum(report.sizes.values()) == report.bytes


def test_pages_of_classes_count_for_effects_and_not_for_filters(built: Path) -> None:
    files = [file for file in built.glob("net*/classes/*") if file.is_file()]
    assert check(built).sizes["classes"] == sum(file.stat().st_size for file in files)
    assert {file.suffix for file in files} == {".html", ".json"}
    assert budgets.kind("mnist/classes/7.html") == "classes"
    assert not budgets.is_of_filters("mnist/classes/7.html")
    assert budgets.is_of_filters("mnist/conv1/7.html")
    assert budgets.is_of_filters("mnist/conv1/filters-0.html")
    assert not budgets.is_of_filters("mnist/conv1/index.html")


def test_pages_of_comparisons_count_as_such_also_of_layers_that_are_called_by_a_number() -> None:
    assert budgets.kind("compare/first--second/0.html") == "compare"
    assert not budgets.is_of_filters("compare/first--second/0.html")


def test_a_picture_of_a_whole_layer_counts_for_its_kind() -> None:
    assert budgets.kind("mnist/conv1/slices-002284d1.webp") == "slices"
    assert budgets.kind("mnist/conv1/sprite-made-002284d1.avif") == "sprites"
    assert budgets.kind("logo-002284d1.svg") == "pages"


def test_each_picture_counts_for_its_kind(built: Path) -> None:
    pictures = list(built.glob("net*/*/*.webp"))
    sizes = check(built).sizes
    for kind, parts in {
        "second": ["-second-"],
        "history": ["history-"],
        "heat": ["-heat-"],
        "kernels": ["-kernel-"],
        "recipes": ["-diverse-", "-classic-positive-", "-fine-positive-"],
    }.items():
        own = [p for p in pictures if any(part in p.name for part in parts)]
        own = [p for p in own if kind == "history" or "history" not in p.name]
        assert own
        assert sizes[kind] == sum(p.stat().st_size for p in own)


def test_pages_are_told_by_section_and_data_by_key(built: Path) -> None:
    report = check(built)
    assert sum(report.parts["html"].values()) == report.sizes["html"]
    assert {"frame", "made", "history", "found", "near", "cite"} <= report.parts["html"].keys()
    assert {"index", "examples", "maximize", "dead"} <= report.parts["data"].keys()
    assert sum(report.parts["data"].values()) < report.sizes["data"]


@pytest.mark.parametrize(
    "body",
    [
        '<a href="#main">',
        '<a href="net/index.html#top">',
        '<a href="net/../index.html?q=1">',
        '<a rel="external" href="https://distill.pub">',
        '<svg><image href="net/index.html"/></svg>',
    ],
)
def test_links_that_hold(tmp_path: Path, body: str) -> None:
    assert check(page(tmp_path / "site", body)).findings == ()


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="net/">', "leads to net, which is no file"),
        ('<a href="Net/index.html">', "leads to Net/index.html"),
        ('<a href="#none">', "names the id none"),
        ('<a href="net/index.html#main">', "names the id main"),
        ('<a href="/index.html">', "leaves the site"),
        ('<a href="https://example.org">', "leaves the site"),
        ('<img src="//example.org/x.png">', "leaves the site"),
        ('<a href="../index.html">', "leads to ../index.html"),
        ('<svg><image href="x.webp"/></svg>', "leads to x.webp"),
        ('<svg><use xlink:href="x.svg#a"/></svg>', "leads to x.svg"),
        ('<img src="data:image/png;base64,">', "leaves the site"),
        ("<script>1</script>", "an inline script"),
        ('<p style="color: red">', "an inline style attribute"),
        ('<p onclick="x()">', "an inline onclick attribute"),
        ("<p id=main>", "the id main twice"),
    ],
)
def test_faults_are_found(tmp_path: Path, body: str, fault: str) -> None:
    (finding,) = check(page(tmp_path / "site", body)).findings
    assert finding.startswith("index.html: ")
    assert fault in finding


def test_a_style_sheet_may_not_load_from_elsewhere(tmp_path: Path) -> None:
    out = page(tmp_path / "site", "")
    (out / "a.css").write_text('@import "https://example.org/b.css"; p { background: url(x.png) }')
    findings = check(out).findings
    assert len(findings) == 2
    assert "leaves the site" in findings[0]
    assert "leads to x.png" in findings[1]


def test_a_link_in_the_file_system_is_a_fault(tmp_path: Path) -> None:
    out = page(tmp_path / "site", "")
    (out / "elsewhere").symlink_to(tmp_path)
    assert check(out).findings == ("elsewhere: neither a file nor a folder",)


def test_a_budget_that_is_passed_names_what_takes_more_than_its_share(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = check(built)
    assert report.filters == 2 * 4 * 9
    small = {"html": budgets.Share(100, ""), "positive": budgets.Share(10**6, "maximize")}
    small["heat"] = budgets.Share(1, "examples")
    monkeypatch.setattr(budgets, "shares", lambda: small)
    monkeypatch.setattr(budgets, "MOST_BYTES", report.bytes - 1)
    (finding,) = check(built).findings
    assert "more than GitHub Pages publishes; html takes" in finding
    assert "heat of examples takes" in finding
    assert "maximize" not in finding
    monkeypatch.setattr(budgets, "MOST_BYTES", report.bytes + 1)
    monkeypatch.setattr(budgets, "MOST_FILES", ((10, "some"), (20, "others"), (10**6, "all")))
    report = check(built)
    assert report.findings == ()
    assert "close to what GitHub Pages publishes" in report.notes[0]
    assert "other hosts take 10 (some) or 20 (others) at most" in report.notes[1]
    assert "pages: layer" in report.notes[1]


def test_copies_of_the_process_find_the_same(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = built / "net0" / "features.1" / "3.html"
    before = page.read_text()
    page.write_text(before + '<a href="../../about/index.html#gone"><a href="x.html"><a href="#y">')
    alone = check(built).findings
    monkeypatch.setattr(links, "MANY", 1)
    monkeypatch.setattr(links, "TOGETHER", 3)
    monkeypatch.setattr(links, "helpers", lambda: 2)
    together = check(built).findings
    page.write_text(before)
    assert len(alone) == 4  # the page has changed, too
    assert together == alone


def test_a_folder_without_a_site_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="run convatlas build first"):
        check(tmp_path)


def test_a_recipe_that_is_called_as_a_method_is_no_method(tmp_path: Path) -> None:
    folder = tmp_path / "net" / "conv1"
    folder.mkdir(parents=True)
    (tmp_path / "index.html").write_text("<p>")
    (folder / "3-guided-positive-0123456789ab.webp").write_bytes(bytes(5))
    (folder / "3-guided-0123456789ab.webp").write_bytes(bytes(7))
    sizes = check(tmp_path).sizes
    assert (sizes["recipes"], sizes["attribution"]) == (5, 7)


class GreyReports(Reports):
    budgets = (Budget("greys", ("grey-*", "*-grey"), 2, place=450),)
    folder = "greys"

    def faults(self, files: Mapping[str, int]) -> Iterator[str]:
        yield from (f"{path}: too grey" for path in files if path.startswith("greys/"))


class Grey(Lens):
    name = "grey"
    version = 1
    reports = GreyReports()


@pytest.fixture
def grey(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    every = (*lenses(), Grey())
    monkeypatch.setattr(budgets, "lenses", lambda: every)
    _forget()
    yield
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    for known in (budgets.shares, budgets._folders, budgets._picture):
        known.cache_clear()


def test_a_lens_that_nobody_knows_has_its_budget_its_folder_and_its_faults(
    tmp_path: Path, grey: None
) -> None:
    pictures = {"grey-1": bytes(3), "dark-grey": bytes(2), "black": bytes(7)}
    files = {
        "index.html": b"<p>",
        "atlas.json": b'{"networks": [{"filters": 2}]}',
        "greys/index.html": b"<p>",
        **{
            f"net/conv1/3-{name}-{hashlib.sha256(data).hexdigest()[:12]}.webp": data
            for name, data in pictures.items()
        },
    }
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    report = check(tmp_path)
    assert (report.sizes["greys"], report.sizes["others"]) == (5 + 3, 7)
    assert report.shares["greys"] == 2
    assert report.findings == ("greys/index.html: too grey",)
    assert list(budgets.shares()).index("greys") == list(budgets.shares()).index("heat") - 1
