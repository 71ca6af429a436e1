"""The edits that an atlas asks for: what is known of each, and when they are opened."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convatlas.errors import ConfigError, RenderError
from convatlas.model.edits import EditFacts
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.configuration import parse
from convatlas.opening.edits import Edits, last_edits
from convatlas.opening.functions import Functions, last_facts
from convatlas.opening.network_source import MemoryMemo
from convatlas.rendering.agreement import difference
from convatlas.rendering.messages import Expected
from support.facts import NETWORK

CODE = """
from PIL import Image, ImageOps

def fog(picture):
    '''Fog that hides what is far.

    More on it.
    '''
    return Image.blend(picture, Image.new(picture.mode, picture.size, "white"), 0.5)

def grey(picture):
    return picture.convert("L")

def cut(picture):
    return picture.crop((0, 0, 3, 2))

def number(picture):
    return 3

def stained(picture):
    picture.paste("red", (0, 0, 1, 1))
    return picture

def fails(picture):
    raise ValueError("no picture of mine")
"""
ATLAS = """
models: [{name: net, source: torchvision/alexnet}]
images: [{name: set, source: "convatlas.demo:pictures"}]
edits: %s
"""
PICTURE = Image.new("RGB", (4, 2), (100, 50, 10))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own.py").write_text(CODE)
    mark(tmp_path / "mark.png", (200, 0, 0, 51))
    return tmp_path


def mark(file: Path, colour: tuple[int, ...]) -> None:
    """A picture of 4 x 2 whose left half has a colour, and whose right half is transparent."""
    picture = Image.new("RGBA", (4, 2))
    picture.paste(colour, (0, 0, 2, 2))
    picture.save(file)


def edits(folder: Path, written: str, memo: MemoryMemo | None = None) -> Edits:
    configuration = parse(ATLAS % written, folder / "atlas.yaml", {})
    catalog = OpenCatalog(memo or MemoryMemo({}))
    return Edits(configuration, catalog, Functions(configuration, catalog))


def fact(folder: Path, text: str) -> EditFacts:
    (found,) = edits(folder, f"[{text}]").facts
    return found


def edited(folder: Path, text: str, picture: Image.Image = PICTURE) -> Image.Image:
    (opener,) = edits(folder, f"[{text}]").openers.values()
    return opener()(picture, "id")


def test_each_is_known_by_name_title_and_what_it_does(folder: Path) -> None:
    found = edits(folder, "[mirror, 'own.py:fog', mark.png]").facts
    assert [each.name for each in found] == ["mirror", "fog", "mark"]
    assert [each.title for each in found] == ["mirroring", "fog", "mark"]
    assert [each.turns for each in found] == [True, False, False]
    assert found[1].about == "Fog that hides what is far."
    assert len({each.fingerprint for each in found}) == 3


def test_there_are_none_unless_they_are_asked_for(folder: Path) -> None:
    configuration = parse(ATLAS.partition("edits")[0], folder / "atlas.yaml", {})
    assert configuration.atlas.edits == []


def test_what_the_users_own_edits_are_made_of_is_in_their_fingerprints(folder: Path) -> None:
    before = [fact(folder, text).fingerprint for text in ("own.py:fog", "mark.png", "mirror")]
    (folder / "own.py").write_text(CODE + "\n")
    mark(folder / "mark.png", (200, 0, 0, 52))
    after = [fact(folder, text).fingerprint for text in ("own.py:fog", "mark.png", "mirror")]
    assert [one == other for one, other in zip(before, after, strict=True)] == [False, False, True]


def test_where_they_are_does_not_matter(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    for name in ("own.py", "mark.png"):
        (other / name).write_bytes((folder / name).read_bytes())
    for text in ("own.py:fog", "mark.png"):
        assert fact(folder, text) == fact(other, text)


def test_from_the_store_alone_they_are_what_they_were(folder: Path) -> None:
    memo, written = MemoryMemo({}), "[all, 'own.py:fog', mark.png]"
    found = edits(folder, written, memo)
    facts = found.facts
    for name in ("own.py", "mark.png"):
        (folder / name).unlink()
    atlas, catalog = found.configuration.atlas, OpenCatalog(memo)
    assert last_edits(atlas, catalog, last_facts(atlas, catalog)) == facts


def test_a_store_that_never_knew_the_users_own_says_so(folder: Path) -> None:
    atlas = edits(folder, "[mirror, 'own.py:fog', mark.png]").configuration.atlas
    catalog = OpenCatalog(MemoryMemo({}))
    with pytest.raises(ConfigError) as refused:
        last_edits(atlas, catalog, last_facts(atlas, catalog))
    remedy = "is not in the store memory; build without --pages first"
    assert refused.value.lines == tuple(
        f"the edit {each} {remedy}" for each in ("own.py:fog", "mark.png")
    )


def test_a_picture_is_laid_over_by_its_alpha(folder: Path) -> None:
    found = edited(folder, "mark.png")
    # alpha is 51 / 255 = 0.2: 0.8 * 100 + 0.2 * 200, 0.8 * 50, 0.8 * 10
    assert np.asarray(found).tolist() == [[[120, 40, 8]] * 2 + [[100, 50, 10]] * 2] * 2


def test_a_picture_laid_over_is_stretched_to_the_input(folder: Path) -> None:
    found = edited(folder, "mark.png", Image.new("L", (40, 12), 100))
    assert found.mode == "L"
    assert found.size == (40, 12)
    assert found.getpixel((2, 6)) == 92  # red of 200 has a luminance of 60
    assert found.getpixel((37, 6)) == 100


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_function_is_given_a_picture_and_gives_one_of_the_same_mode(
    mode: str, folder: Path
) -> None:
    found = edited(folder, "own.py:grey", Image.new(mode, (4, 2), "white"))
    assert found.mode == mode


def test_a_function_that_draws_on_its_picture_leaves_the_others_as_they_are(folder: Path) -> None:
    assert edited(folder, "own.py:stained").getpixel((0, 0)) == (255, 0, 0)
    assert PICTURE.getpixel((0, 0)) == (100, 50, 10)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cut", "own.py:cut made 3 x 2 pixels of 4 x 2; return a picture of the same size"),
        ("number", "own.py:number returned int; return a Pillow picture"),
        (
            "fails",
            "own.py:fails raised ValueError (no picture of mine) in own.py, line 25; "
            "correct the code",
        ),
    ],
)
def test_what_a_function_does_wrong_is_told(name: str, message: str, folder: Path) -> None:
    with pytest.raises(RenderError) as refused:
        edited(folder, f"own.py:{name}")
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("own.py:fogg", "own.py has no 'fogg'; did you mean 'fog'?"),
        (
            "opaque.png",
            "opaque.png would hide each image; save it with transparency, as an RGBA png",
        ),
        (
            "rgb.png",
            "rgb.png would hide each image; save it with transparency, as an RGBA png",
        ),
        (
            "empty.png",
            "empty.png is transparent all over and would change nothing; draw something on it",
        ),
        (
            "own.py.png",
            "own.py.png is no picture that can be laid over images; save it as an RGBA png",
        ),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place(text: str, message: str, folder: Path) -> None:
    Image.new("RGBA", (4, 2), "red").save(folder / "opaque.png")
    Image.new("RGB", (4, 2), "red").save(folder / "rgb.png")
    Image.new("RGBA", (4, 2)).save(folder / "empty.png")
    (folder / "own.py.png").write_text(CODE)
    found = edits(folder, f"[mirror, '{text}']")
    assert [(each.path, each.message) for each in found.problems] == [(("edits", 1), message)]
    assert [each.name for each in found.facts] == ["mirror"]


def test_a_worker_with_another_edit_is_refused(folder: Path) -> None:
    here = edits(folder, "[mark.png]").facts
    mark(folder / "mark.png", (0, 0, 0, 9))
    there = edits(folder, "[mark.png]").facts
    found = [Expected(NETWORK, {}, (), (), edits=each) for each in (here, there)]
    assert difference(found[0], found[0]) == ""
    assert difference(*found) == (
        "has another edit 'mark'; put the same files at the same path on every machine"
    )
