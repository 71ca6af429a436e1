"""Mistakes in `edits`, told with their places and remedies, and what edits are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from convatlas.config.edits import BUILT_IN, named_edits
from convatlas.errors import ConfigError
from convatlas.images.edits.built_in import EDITS
from convatlas.opening.configuration import check_without_files, parse

MODELS = "models: [{name: a, source: torchvision/resnet18}]\n"
ATLAS = f'{MODELS}images: [{{name: set, source: "convatlas.demo:pictures"}}]\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("own.py", "mark.png", "bare", "my mark.png"):
        (tmp_path / name).write_text("")
    return tmp_path


def mistakes(text: str, folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, folder / "atlas.yaml", {})
    return [line.removeprefix(f"{folder / 'atlas.yaml'}:") for line in caught.value.lines]


def test_every_name_has_an_edit() -> None:
    assert tuple(EDITS) == BUILT_IN


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("all", BUILT_IN),
        ("[]", ()),
        ("[all, mark.png]", (*BUILT_IN, "mark")),
        ("[mirror, grey]", ("mirror", "grey")),
        ("['own.py:fog', './mark.png', 'my mark.png']", ("fog", "mark", "my-mark")),
        ("['own.py:grey']", ("grey-2",)),
        ("['own.py:Mirror', 'own.py:a.mirror']", ("Mirror-2", "a-mirror")),
        ("['own.py:mark', mark.png, 'own.package:mark']", ("mark", "mark-2", "mark-3")),
        ("[bare]", ("bare",)),
    ],
)
def test_each_has_a_name_of_its_own(written: str, expected: tuple[str, ...], folder: Path) -> None:
    found = parse(f"{ATLAS}edits: {written}\n", folder / "atlas.yaml", {})
    assert tuple(each.name for each in named_edits(found.atlas.edits)) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("grey", "3:8: edits: expected 'all' or a list, found the text 'grey'"),
        ("[gray]", "3:9: edits[0]: no edit is called 'gray'; did you mean 'grey'?"),
        ("[al]", "3:9: edits[0]: no edit is called 'al'; did you mean 'all'?"),
        ("[grey, mirror, grey]", "3:23: edits[2]: edits[0] asks for 'grey' already; keep one"),
        ("[all, mirror]", "3:14: edits[1]: edits[0] asks for 'mirror' already; keep one of them"),
        ("[mirror, all]", "3:17: edits[1]: edits[0] asks for 'mirror' already; keep one of them"),
        ("[mark.png, mark.png]", "3:19: edits[1]: edits[0] asks for 'mark.png' already; keep one"),
        ("[lost.png]", "3:9: edits[0]: there is no file lost.png; paths are relative to the file"),
        ("['lost.py:fog']", "3:9: edits[0]: there is no file lost.py; paths are relative to"),
        ("[own.py]", "3:9: edits[0]: name a function in it, too: `own.py:FUNCTION`"),
        ("[3]", "3:9: edits[0]: expected text, found the number 3"),
        ("['']", "3:9: edits[0]: expected a text, found an empty one; fill it in"),
    ],
)
def test_a_mistake_is_told_with_its_place(written: str, expected: str, folder: Path) -> None:
    (line,) = mistakes(f"{ATLAS}edits: {written}\n", folder)
    assert line.startswith(expected)


@pytest.mark.parametrize("images", ["", "images: []\n"])
def test_edits_need_an_image_set(images: str, folder: Path) -> None:
    (line,) = mistakes(f"{MODELS}{images}edits: all\n", folder)
    message = "edits: edits show the images of a set again, changed; add a set under `images`"
    assert line == f"{2 + len(images.splitlines())}:1: {message}"


def test_missing_files_do_not_matter_where_no_file_is_read(folder: Path) -> None:
    written = f"{ATLAS}edits: [lost.png, 'lost.py:fog']\n"
    parse(written, folder / "atlas.yaml", {}, check_without_files)
