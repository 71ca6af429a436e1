"""An atlas of two files of weights, made from the atlas file of their network."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from PIL import Image

from convatlas.config.checkpoints import Checkpoints
from convatlas.config.read import Configuration
from convatlas.errors import ConfigError, Problem
from convatlas.model.comparison import Match
from convatlas.opening.checkpoints import beside, read_for_checkpoints

ATLAS = """title: ${TITLE}
store: records
models:
  - {name: other, source: torchvision/vgg11}
  - {name: a/net, source: torchvision/vgg11, weights: gone.pth, filters: 0-3}
images: [{name: photos, source: "folder:photos"}]
lenses: {maximize: {seed: 7}}
probes:
  - {name: all, image: photos/a.png}
  - {name: ours, image: photos/a.png, networks: [oth*, a/*], top: 3}
  - {name: theirs, image: photos/a.png, networks: [other]}
hypotheses:
  - {filter: other/features.0/1, claim: x, image: photos/a.png}
  - {filter: a/net/features.0/2, claim: y, image: photos/a.png}
compare: [{before: other, after: a/net}]
notes:
  other/features.0/1: theirs
  a/net/features.0/1: ours
  a/net/features.0/2: {name: linked, remark: "See [that](atlas:other/features.0/1)."}
  a/net/features.0/3: {remark: "See [that](atlas:a/net)."}
site:
  url: https://example.org/
  pages: layer
  footer: Ours.
  keep: [CNAME]
  highlights: [other/features.0/1, a/net/features.0/1, {filter: a/net/features.0/2, text: t}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "photos" / "a.png")
    for name in ("e1.pth", "e9.pth", "1/best.pth", "2/best.pth", "compare.pth", "E1.pt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def derived(
    folder: Path, text: str, before: str, after: str, match: Match, network: str | None = "a/net"
) -> Configuration:
    file = folder / "atlas.yaml"
    file.write_text(text)
    whole = read_for_checkpoints(file, {"TITLE": "$ {Net}"})
    return beside(whole, network, Checkpoints(folder / before, folder / after, match))


def test_the_network_is_there_twice_and_all_else_as_in_the_file(folder: Path) -> None:
    atlas = derived(folder, ATLAS, "e1.pth", "e9.pth", "index").atlas
    assert [model.name for model in atlas.models] == ["e1", "e9"]
    assert [model.weights for model in atlas.models] == [
        os.fspath(folder / "e1.pth"),
        os.fspath(folder / "e9.pth"),
    ]
    assert {(model.source, model.filters) for model in atlas.models} == {
        ("torchvision/vgg11", "0-3")
    }
    assert (atlas.title, atlas.store) == ("$ {Net}: e1 and e9", "records")
    assert atlas.lenses.model_dump()["maximize"]["seed"] == 7
    assert [(each.before, each.after, each.match) for each in atlas.compare] == [
        ("e1", "e9", "index")
    ]
    assert (folder / "atlas.yaml").read_text() == ATLAS


def test_what_is_about_the_network_is_about_both_and_the_rest_is_left_out(folder: Path) -> None:
    atlas = derived(folder, ATLAS, "e1.pth", "e9.pth", "index").atlas
    assert not isinstance(atlas.probes, str)
    assert [(probe.name, probe.networks, probe.top) for probe in atlas.probes] == [
        ("all", ["*"], 15),
        ("ours", ["*"], 3),
    ]
    claimed = [claim.filter for claim in atlas.hypotheses]
    assert claimed == ["e1/features.0/2", "e9/features.0/2"]
    assert [*atlas.notes] == [
        f"{name}/features.0/{index}" for index in (1, 2) for name in ("e1", "e9")
    ]
    site = atlas.site
    assert (site.url, site.pages, site.footer, site.keep) == (None, "layer", "Ours.", [])
    highlights = [each if isinstance(each, str) else each.filter for each in site.highlights]
    assert highlights == [f"{name}/features.0/{n}" for n in (1, 2) for name in ("e1", "e9")]


def test_of_other_seeds_a_filter_that_is_named_is_the_one_before(folder: Path) -> None:
    atlas = derived(folder, ATLAS, "e1.pth", "e9.pth", "correlation").atlas
    assert [claim.filter for claim in atlas.hypotheses] == ["e1/features.0/2"]
    assert [*atlas.notes] == ["e1/features.0/1", "e1/features.0/2"]


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        ("e1.pth", "e9.pth", ["e1", "e9"]),
        ("e1.pth", "e1.pth", ["before", "after"]),
        ("1/best.pth", "2/best.pth", ["before", "after"]),
        ("e1.pth", "E1.pt", ["before", "after"]),
        ("compare.pth", "e9.pth", ["before", "after"]),
    ],
)
def test_networks_are_called_as_their_files(
    before: str, after: str, names: list[str], folder: Path
) -> None:
    atlas = derived(folder, ATLAS, before, after, "index").atlas
    assert [model.name for model in atlas.models] == names


def test_problems_are_told_where_the_file_says_what_they_are_about(folder: Path) -> None:
    configuration = derived(folder, ATLAS, "e1.pth", "e9.pth", "index")
    problems = [
        Problem(("models", 1, "weights"), "a"),
        Problem(("hypotheses", 1, "claim"), "b"),
        Problem(("notes", "e9/features.0/2", "name"), "c"),
        Problem(("notes", "e9/features.0/1"), "d", key=True),
        Problem(("probes", 1, "top"), "e"),
        Problem(("site", "highlights", 2, "filter"), "f"),
        Problem(("compare", 0), "g"),
    ]
    with pytest.raises(ConfigError) as caught:
        configuration.fail(problems)
    places = [line.removeprefix(f"{folder / 'atlas.yaml'}:") for line in caught.value.lines]
    expected = [
        "title",
        "gone.pth",
        "3}\n  - {name: theirs",
        "y, image",
        "a/net/features.0/1: ours",
    ]
    expected += ["linked", "a/net/features.0/2, text"]
    assert [place.split(" ")[0] for place in places] == [_place(each) for each in expected]


def _place(text: str) -> str:
    """Where a text stands in the file."""
    before = ATLAS[: ATLAS.index(text)]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}:"


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (None, "configures several networks; say which with --network; known here: 'other', 'a/ne"),
        ("a/nett", "--network 'a/nett': ATLAS configures no such network; did you mean 'a/net'?"),
    ],
)
def test_which_network_is_meant_has_to_be_clear(
    network: str | None, expected: str, folder: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        derived(folder, ATLAS, "e1.pth", "e9.pth", "index", network)
    (line,) = caught.value.lines
    assert expected in line.replace(os.fspath(folder / "atlas.yaml"), "ATLAS")


def test_a_file_with_one_network_needs_no_name(folder: Path) -> None:
    text = 'models: [{name: x, source: "torchvision/vgg11", weights: gone.pth}]\n'
    sets = 'images: [{name: photos, source: "folder:photos"}]\nprobes: photos\n'
    atlas = derived(folder, text + sets, "e1.pth", "e9.pth", "index", None).atlas
    assert [model.name for model in atlas.models] == ["e1", "e9"]
    assert atlas.probes == "photos"
    with pytest.raises(ConfigError, match="add a set under `images`"):
        derived(folder, text, "e1.pth", "e9.pth", "index", None)
    with pytest.raises(ConfigError, match="there is no folder gone"):
        derived(folder, text + sets.replace(":photos", ":gone"), "e1.pth", "e9.pth", "index", None)


def test_values_stay_as_they_are_written(folder: Path) -> None:
    data = yaml.safe_load(ATLAS)
    configuration = derived(folder, ATLAS, "e1.pth", "e9.pth", "index")
    value = configuration.document.value
    assert value["images"] == data["images"]
    assert value["lenses"] == data["lenses"]
    assert value["models"][1] == {
        **data["models"][1], "name": "e9", "weights": os.fspath(folder / "e9.pth")
    }  # fmt: skip
