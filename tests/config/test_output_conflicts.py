"""What the atlas names is never in the folder where a build removes files."""

from __future__ import annotations

from pathlib import Path

import pytest

from convatlas.config.output_conflicts import check_output
from convatlas.errors import ConfigError
from convatlas.opening.configuration import check_without_files, parse
from support.command import build
from support.foreign_files import standing

MODEL = "models: [{name: a, source: torchvision/alexnet}]\n"

NAMED = {
    "weights": "models: [{name: a, source: torchvision/alexnet, weights: site/w.pth}]",
    "model code": "models: [{name: a, source: 'site/net.py:make'}]",
    "classes": "models: [{name: a, source: torchvision/alexnet, classes: site/names.txt}]",
    "arguments": "models: [{name: a, source: pack:make, arguments: {table: site/table.csv}}]",
    "images": MODEL + "images: [{name: p, source: 'folder:site/photos'}]",
    "data set": MODEL + "images: [{name: p, source: torchvision/CIFAR10, arguments: {root: site}}]",
    "image code": MODEL + "images: [{name: p, source: 'site/data.py:make'}]",
    "labels": MODEL + "images: [{name: p, source: 'folder:photos', labels: site/labels.json}]",
    "probe": MODEL + "probes: [{name: p, image: site/bus.png}]",
    "probes": MODEL + "probes: site/probes",
    "hypothesis": MODEL + "hypotheses: [{filter: a/b/1, claim: c, image: ./site/../site/x.png}]",
    "hypotheses": MODEL + "hypotheses: [{filter: a/b/1, claim: c, images: folder:site}]",
    "theme": MODEL + "site: {theme: site/theme}",
    "logo": MODEL + "site: {logo: site/logo.svg}",
    "page": MODEL + "site: {extra: [{title: t, file: site/tour.md}]}",
    "picture of a page": MODEL + "site: {extra: [{title: t, file: tour.md}]}",
    "by a link": MODEL + "site: {logo: inside/logo.svg}",
    "as a link": MODEL + "site: {logo: site/linked.svg}",
    "around it": MODEL + "images: [{name: p, source: 'folder:.'}]",
    "probes around it": MODEL + "probes: ../",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "site" / "photos").mkdir(parents=True)
    (home / "site" / "table.csv").write_text("mine")
    (home / "tour.md").write_text("![a picture](site/x.png)\n")
    (home / "inside").symlink_to("site")
    (home / "logo.svg").write_text("<svg/>")
    (home / "site" / "linked.svg").symlink_to("../logo.svg")
    return home


@pytest.mark.parametrize("kind", NAMED)
def test_what_the_atlas_names_may_not_be_in_the_output_folder(folder: Path, kind: str) -> None:
    document = parse_text(NAMED[kind], folder)
    with pytest.raises(ConfigError) as caught:
        check_output(document, folder / ".convatlas", folder / "site")
    (line,) = caught.value.lines
    assert line.startswith(f"{folder / 'atlas.yaml'}:")
    assert str(folder / "site") in line
    assert "name another folder with -o" in line


def parse_text(text: str, folder: Path):
    return parse(text, folder / "atlas.yaml", {}, lambda *_: [])


@pytest.mark.parametrize(
    "text",
    [
        MODEL.replace("a,", "site,"),
        MODEL + "title: site\nimages: [{name: site, source: 'folder:photos'}]",
        "models: [{name: a, source: pack:make, arguments: {text: site}}]",
        MODEL + "site: {logo: sitelogo.svg, keep: [CNAME]}",
        MODEL + "probes: [{name: p, image: 'set:site/x.png'}]",
        MODEL + f"site: {{logo: {'x' * 5000}.svg}}",
    ],
)
def test_other_names_are_no_conflict(folder: Path, text: str) -> None:
    check_output(parse_text(text, folder), folder / ".convatlas", folder / "site")


def test_a_hidden_output_folder_may_be_among_pictures(folder: Path) -> None:
    document = parse_text(MODEL + "images: [{name: p, source: 'folder:.'}]", folder)
    check_output(document, folder / ".convatlas", folder / ".cache" / "site")


@pytest.mark.parametrize("store", ["site/store", "site/.convatlas", "site", "inside/store"])
def test_nor_the_store(folder: Path, store: str) -> None:
    with pytest.raises(ConfigError, match="the store lies in the output folder"):
        check_output(parse_text(MODEL, folder), folder / store, folder / "site")


def test_nor_the_atlas_file(folder: Path) -> None:
    document = parse(MODEL, folder / "site" / "atlas.yaml", {}, check_without_files)
    with pytest.raises(ConfigError, match=r"site/atlas\.yaml: the atlas file lies in the output"):
        check_output(document, folder / ".convatlas", folder / "site")


@pytest.mark.parametrize("more", [[], ["--pages"], ["--store", "STORE"]])
def test_a_build_is_refused_before_anything_is_made(folder: Path, more: list[str]) -> None:
    text = MODEL if "--store" in more else MODEL + "site: {extra: [{title: t, file: site/t.md}]}\n"
    (folder / "atlas.yaml").write_text(text)
    (folder / "site" / "t.md").write_text("# mine\n")
    (folder / "site" / ".convatlas-site").write_text("")
    before = standing(folder)
    result = build(folder, *[str(folder / "site" / "new") if m == "STORE" else m for m in more])
    assert isinstance(result.exception, ConfigError)
    assert "lies in the output folder" in str(result.exception)
    assert standing(folder) == before


@pytest.mark.parametrize("pattern", ["/etc/passwd", "../mine", "a/../b", ".", "./CNAME", "a//b"])
def test_what_is_kept_is_a_path_in_the_folder(folder: Path, pattern: str) -> None:
    with pytest.raises(ConfigError, match=r"site\.keep\[0\].*is no path in the site's folder"):
        parse(
            MODEL + f"site: {{keep: ['{pattern}']}}", folder / "atlas.yaml", {}, check_without_files
        )
