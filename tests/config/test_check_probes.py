"""What may be said of probes and hypotheses, and what is told of mistakes, before any opening."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from convatlas.config.filters import Identity, identity
from convatlas.config.json_schema import json_schema
from convatlas.config.picture_references import Reference, of_set, references
from convatlas.config.read import Configuration
from convatlas.errors import ConfigError
from convatlas.opening.configuration import atlas_schema, check_without_files, parse
from support.photos import save

HEAD = """
models:
  - {name: small, source: torchvision/alexnet, images: photos}
  - {name: other, source: torchvision/vgg11, images: photos}
images:
  - {name: photos, source: "folder:photos"}
  - {name: secret, source: "folder:photos", publish: none}
  - {name: cuttings, source: "folder:photos", publish: crops}
"""
CLAIM = "hypotheses: [{filter: small/features.0/1, claim: leaves, %s}]\n"
PROBE = "probes: [{name: cat, %s}]\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a set of photos, a picture, and an empty folder; not to be changed."""
    folder = tmp_path_factory.mktemp("config")
    save(folder / "photos" / "a.png")
    save(folder / "photos" / "cats" / "b.png")
    save(folder / "cat.png")
    (folder / "empty").mkdir()
    return folder


def load(text: str, folder: Path) -> Configuration:
    return parse(HEAD + text, folder / "atlas.yaml", {})


def mistakes(text: str, folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(text, folder)
    prefix = f"{folder / 'atlas.yaml'}:"
    return [line.removeprefix(prefix) for line in caught.value.lines]


def test_a_probe_has_defaults(folder: Path) -> None:
    (probe,) = load(PROBE % "image: cat.png", folder).atlas.probes
    assert (probe.networks, probe.layers, probe.top, probe.from_) == (["*"], ["*"], 15, "peak")
    assert probe.methods == ["deconvnet", "guided", "gradient"]


def test_from_is_written_without_an_underscore(folder: Path) -> None:
    (probe,) = load(PROBE % "image: cat.png, from: map", folder).atlas.probes
    assert probe.from_ == "map"
    for wrong in ("from_", "form"):
        (line,) = mistakes(PROBE % f"image: cat.png, {wrong}: map", folder)
        assert line.endswith(f"unknown key '{wrong}'; did you mean 'from'?")
    (line,) = mistakes(PROBE % "image: cat.png, from: mapp", folder)
    assert "probes[0].from: expected 'peak' or 'map'" in line
    probe = json.loads(json_schema(atlas_schema()))["$defs"]["Probe"]["properties"]
    assert "from" in probe
    assert "from_" not in probe


@pytest.mark.parametrize("written", ["photos", "folder:photos"])
def test_a_folder_is_written_with_or_without_its_kind(folder: Path, written: str) -> None:
    text = f"probes: {written}\n" + CLAIM % f"images: {written}"
    assert list(references(load(text, folder).atlas)) == [
        Reference(("probes",), "", "photos", folder=True),
        Reference(("hypotheses", 0, "images"), "small/features.0/1", "photos", folder=True),
    ]


def test_pictures_are_known_by_their_places(folder: Path) -> None:
    text = PROBE % "image: set:photos/a.png"
    text += CLAIM % "images: [cat.png, set:secret/cats/b.png]"
    filter_ = "small/features.0/1"
    assert list(references(load(text, folder).atlas)) == [
        Reference(("probes", 0, "image"), "cat", "set:photos/a.png"),
        Reference(("hypotheses", 0, "images", 0), filter_, "cat.png"),
        Reference(("hypotheses", 0, "images", 1), filter_, "set:secret/cats/b.png"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("probes: gone", "probes: there is no folder gone"),
        ("probes: empty", "probes: the folder empty holds no image file"),
        ("probes: cat.png", "cat.png is no folder but a file; list it: `probes: [{name: NAME, "),
        ("probes: set:photos/a.png", "a folder of pictures is expected here; list it"),
        ("probes: 7", "probes: expected text or a list, found the number 7"),
        (PROBE % "top: 3", "probes[0].image: this key is missing; add it"),
        (PROBE % "image: gone.png", "probes[0].image: there is no file gone.png; paths are"),
        (PROBE % "image: photos", "photos is a folder; name a picture in it"),
        (PROBE % "image: folder:photos", "photos is a folder; name a picture in it"),
        (
            PROBE % "image: set:photo/a.png",
            "no image set is called 'photo'; did you mean 'photos'?",
        ),
        (PROBE % "image: set:photos", "write set:SET/IMAGE"),
        (PROBE % "image: set:photos/", "write set:SET/IMAGE"),
        (PROBE % "image: set:secret/a.png", "this is an image of the set 'secret', which has `pub"),
        (PROBE % "image: set:cuttings/a.png", "has `publish: crops`; take another picture, or"),
        (PROBE % "image: cat.png, networks: [smal]", "'smal' matches no network; did you mean 'sm"),
        (PROBE % "image: cat.png, networks: ['o*', x]", "probes[0].networks[1]: 'x' matches no "),
        (PROBE % "image: cat.png, networks: []", "networks: expected at least 1 entry, found 0"),
        (PROBE % "image: cat.png, layers: []", "layers: expected at least 1 entry, found 0"),
        (PROBE % "image: cat.png, top: 0", "top: expected a number of at least 1, found 0"),
        (PROBE % "image: cat.png, methods: [guide]", "methods[0]: expected 'deconvnet', 'guided'"),
        (CLAIM % "top: 3", "hypotheses[0]: no picture tests the claim; add `image` or `images`"),
        (CLAIM % "image:", "hypotheses[0]: no picture tests the claim; add `image` or `images`"),
        (
            CLAIM % "image: cat.png, images: photos",
            "images: `image` is given too; keep one of them",
        ),
        (CLAIM % "image: gone.png", "hypotheses[0].image: there is no file gone.png"),
        (
            CLAIM % "image: photos",
            "photos is a folder; name a picture in it, or let it stand alone",
        ),
        (CLAIM % "images: [cat.png, photos]", "hypotheses[0].images[1]: photos is a folder"),
        (CLAIM % "images: cat.png", "images: cat.png is no folder but a file; write `image: cat"),
        (CLAIM % "images: set:photos/a.png", "is expected here; write `image: set:photos/a.png`"),
        (CLAIM % "images: gone", "hypotheses[0].images: there is no folder gone"),
        (CLAIM % "images: empty", "the folder empty holds no image file"),
        (CLAIM % "images: []", "images: expected at least 1 entry, found 0"),
        (
            CLAIM % "images: [set:x/1]",
            "images[0]: no image set is called 'x'; known here: 'photos'",
        ),
        (CLAIM % "image: cat.png, expect: weakk", "did you mean 'weak'?"),
        ("hypotheses: [{claim: x, image: cat.png}]", "hypotheses[0].filter: this key is missing"),
    ],
)
def test_a_mistake_is_told_once_and_in_plain_words(folder: Path, text: str, expected: str) -> None:
    (line,) = mistakes(text, folder)
    assert expected in line


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("features.0/1", "'features.0/1' names no filter; write network/layer/index, such as"),
        ("small/features.0/x", "names no filter"),
        ("small/features.0/-1", "names no filter"),
        ("small//1", "names no filter"),
        ("smal/features.0/1", "no network is called 'smal'; did you mean 'small'?"),
    ],
)
def test_a_claim_names_a_filter(folder: Path, name: str, expected: str) -> None:
    text = f"hypotheses:\n  - {{filter: {name}, claim: x, image: cat.png}}\n"
    (line,) = mistakes(text, folder)
    assert line.startswith("10:14: hypotheses[0].filter: ")
    assert expected in line


def test_all_mistakes_are_told_with_their_places(folder: Path) -> None:
    text = "\n".join(
        [
            "probes:",
            "  - {name: cat, image: gone.png}",
            "  - {name: Cat, image: cat.png}",
            "hypotheses:",
            "  - {filter: small/1, claim: x}",
        ]
    )
    assert [line.split(";")[0] for line in mistakes(text, folder)] == [
        "10:24: probes[0].image: there is no file gone.png",
        "11:12: probes[1].name: probes[0] has the same name",
        "13:5: hypotheses[0]: no picture tests the claim",
        "13:14: hypotheses[0].filter: 'small/1' names no filter",
    ]


def test_without_files_nothing_has_to_be_there(tmp_path: Path) -> None:
    text = HEAD + PROBE % "image: gone.png" + CLAIM % "images: gone"
    configuration = parse(text, tmp_path / "atlas.yaml", {}, check_without_files)
    assert len(list(references(configuration.atlas))) == 2
    with pytest.raises(ConfigError, match="matches no network"):
        wrong = HEAD + PROBE % "image: gone.png, networks: [x]"
        parse(wrong, tmp_path / "atlas.yaml", {}, check_without_files)


def test_only_known_names_hold_slashes() -> None:
    assert identity("a/b.c@2/07", []) == Identity("a", "b.c@2", 7)
    assert identity("a/b/c/1", ["a", "a/b"]) == Identity("a/b", "c", 1)
    assert of_set("set:a/b/c.png", []) == ("a", "b/c.png")
    assert of_set("set:a/b/c.png", ["a", "a/b"]) == ("a/b", "c.png")
    assert of_set("a/b/c.png", ["a"]) is None
