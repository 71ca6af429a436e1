"""Bad and odd image files: nothing stops a set from being opened, and nothing is lost unsaid."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import shutil
import sys
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.ImageFile import ImageFile

from convatlas.cli import cli
from convatlas.config.folders import image_files
from convatlas.images.decode import Undecodable, decode_file, from_item
from convatlas.images.files import shown
from convatlas.images.sets import OpenSet
from support import nets
from support.broken_image_files import broken_files
from support.image_corpus import Corpus, write_corpus
from support.odd_image_files import usable_files
from support.photos import Memo, names, opened, save

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="not every name and kind elsewhere")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the corpus in ``photos``; not to be changed."""
    return tmp_path_factory.mktemp("corpus")


@pytest.fixture(scope="module")
def corpus(folder: Path) -> Corpus:
    return write_corpus(folder)


@pytest.fixture(scope="module")
def photos(folder: Path, corpus: Corpus) -> OpenSet:
    return opened(folder)


def test_there_are_many(corpus: Corpus) -> None:
    assert len(corpus.usable) + len(corpus.left_out) + len(corpus.passed_over) > 150


def test_every_file_is_accounted_for_once(photos: OpenSet, corpus: Corpus) -> None:
    told = Counter([*map(shown, names(photos)), *(name for name, _ in photos.facts.left_out)])
    assert set(told) == {*map(shown, corpus.usable), *corpus.left_out}
    assert set(told.values()) == {1}


def test_nothing_in_the_folder_is_forgotten(folder: Path, photos: OpenSet, corpus: Corpus) -> None:
    told = {*names(photos), *(name for name, _ in photos.facts.left_out)} | corpus.passed_over
    written = {path.relative_to(folder / "photos").as_posix() for path in _tree(folder / "photos")}
    assert {shown(name) for name in written} - {shown(name) for name in told} == set()


def _tree(folder: Path) -> list[Path]:
    """All that is below a folder but folders."""
    return [path for path in folder.rglob("*") if not path.is_dir()]


def test_each_reason_is_the_right_one(photos: OpenSet, corpus: Corpus) -> None:
    assert sorted(photos.facts.left_out) == list(photos.facts.left_out)
    for name, reason in photos.facts.left_out:
        assert re.search(corpus.left_out[name], reason), (name, reason)


def test_reasons_tell_no_path_or_address_and_fit_in_a_line(folder: Path, photos: OpenSet) -> None:
    for name, reason in photos.facts.left_out:
        assert str(folder) not in reason
        assert "0x" not in reason
        assert len(reason) < 400
        assert not re.search(r"[\x00-\x1f\x7f]", name + reason)


def test_the_pixels_of_those_that_are_usable(photos: OpenSet, corpus: Corpus) -> None:
    for index, name in enumerate(names(photos)):
        picture, case = photos.picture(index), corpus.usable[name]
        assert picture.mode in ("RGB", "L")
        got, expected = np.asarray(picture, int), np.asarray(case.expected, int)
        assert got.shape == expected.shape, name
        assert np.abs(got - expected).max() <= case.tolerance, name


def test_a_second_opening_says_the_same(folder: Path, photos: OpenSet) -> None:
    memo = Memo()
    assert opened(folder, memo).facts == photos.facts
    assert opened(folder, memo).facts == photos.facts


def test_bombs_are_refused_before_they_go_off(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(picture: ImageFile) -> None:
        raise AssertionError(f"{picture.size} pixels are decoded")

    monkeypatch.setattr(ImageFile, "load", load)
    for name, broken in broken_files().items():
        if "bomb" in name:
            assert len(broken.data) < 50_000
            with pytest.raises(Undecodable):
                decode_file(broken.data)


def test_nothing_is_warned_of(photos: OpenSet, caplog: pytest.LogCaptureFixture) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for index in range(len(photos.facts.images)):
            photos.picture(index)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_real_build_over_it(folder: Path, corpus: Corpus, tmp_path: Path) -> None:
    nets.write_atlas(tmp_path)
    shutil.rmtree(tmp_path / "pictures")
    (tmp_path / "pictures").symlink_to(folder / "photos")
    atlas = tmp_path / "atlas.yaml"
    atlas.write_text(re.sub("maximize: .*", "maximize: false", atlas.read_text()))
    command = ["build", "-c", str(atlas), "-o", str(tmp_path / "site")]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 0, result.output + str(result.exception)
    lines = [line for line in result.stdout.splitlines() if " left out: " in line]
    assert len(lines) == 10
    assert f"{len(corpus.left_out)} images left out" in result.stdout
    again = CliRunner().invoke(cli, [*command, "--json"])
    named = Counter(each["image"] for each in json.loads(again.stdout)["left_out"])
    assert named == Counter(dict.fromkeys(corpus.left_out, 1))
    assert "Traceback" not in result.output


@pytest.mark.parametrize("name", broken_files())
def test_broken_files_one_by_one(name: str) -> None:
    broken = broken_files()[name]
    with pytest.raises(Undecodable, match=broken.reason):
        decode_file(broken.data)


SEEDS = [usable.data for usable in usable_files().values() if len(usable.data) < 5000]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SEEDS), st.data())
def test_damage_of_any_kind_is_no_crash(seed: bytes, data: st.DataObject) -> None:
    damaged = bytearray(seed[: data.draw(st.integers(1, len(seed)))])
    for place in data.draw(st.lists(st.integers(0, len(damaged) - 1), max_size=6)):
        damaged[place] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Undecodable):
        assert decode_file(bytes(damaged)).mode in ("RGB", "L")


def test_a_picture_that_a_data_set_has_not_read_yet(tmp_path: Path) -> None:
    (tmp_path / "cut.jpg").write_bytes(broken_files()["cut-50.jpg"].data)
    with Image.open(tmp_path / "cut.jpg") as image, pytest.raises(Undecodable, match="truncated"):
        from_item(image)


def test_links_from_each_folder_to_all_the_others_are_no_maze(tmp_path: Path) -> None:
    for one in range(12):
        save(tmp_path / "photos" / str(one) / "a.png", (one, one, one))
        for other in range(12):
            (tmp_path / "photos" / str(one) / f"to {other}").symlink_to(f"../{other}")
    assert len(image_files(tmp_path / "photos")) == 12


def test_a_folder_is_entered_by_its_own_path(tmp_path: Path) -> None:
    save(tmp_path / "photos" / "z" / "a.png")
    (tmp_path / "photos" / "a link").symlink_to("z")
    assert names(opened(tmp_path)) == ["z/a.png"]


def test_a_folder_that_cannot_be_read_is_told_and_the_rest_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path / "photos" / "a.png")
    save(tmp_path / "photos" / "closed" / "b.png")
    real = os.scandir

    def scandir(path: str) -> object:
        if "closed" in str(path):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    facts = opened(tmp_path).facts
    assert facts.left_out == (("closed/", "the folder cannot be read (Permission denied)"),)
    assert [image.name for image in facts.images] == ["a.png"]
