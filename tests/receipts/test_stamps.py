"""The states of files and folders change when they do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from convatlas.receipts.stamps import file, pictures, tree


def test_a_file_is_its_stamp_and_may_be_missing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    missing = file(str(path))
    assert missing.newest == 0
    path.write_text("1")
    first = file(str(path))
    assert first.newest == path.stat().st_ctime_ns
    path.rename(tmp_path / "elsewhere")
    path.write_text("1")
    os.utime(path, ns=(first.newest, first.newest))
    assert len({missing.digest, first.digest, file(str(path)).digest}) == 3


def test_of_a_folder_only_the_names_count(tmp_path: Path) -> None:
    first = file(str(tmp_path))
    (tmp_path / ".hidden").touch()
    assert file(str(tmp_path)) == first
    (tmp_path / "seen").touch()
    assert file(str(tmp_path)) != first


def test_everything_in_a_tree_counts_except_bytecode(tmp_path: Path) -> None:
    (tmp_path / "tree" / "deep").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "tree" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(tmp_path / "tree")

    def state() -> str:
        return tree(str(tmp_path / "tree")).digest

    found = [state()]
    (tmp_path / "tree" / "deep" / "__pycache__").mkdir()
    (tmp_path / "tree" / "deep" / "__pycache__" / "a.pyc").touch()
    assert state() == found[0]
    for name in ("tree/new", "tree/deep/.hidden", "elsewhere/linked"):
        (tmp_path / name).touch()
        found.append(state())
    (tmp_path / "tree" / "new").unlink()
    assert len({*found, state()}) == 5


def test_only_images_count_in_a_folder_of_images(tmp_path: Path) -> None:
    first = pictures(str(tmp_path))
    (tmp_path / "notes.txt").touch()
    assert pictures(str(tmp_path)) == first
    found = {first.digest, pictures(str(tmp_path / "none")).digest}
    for name in ("a.png", "b.psd"):
        (tmp_path / name).touch()
        found.add(pictures(str(tmp_path)).digest)
    assert len(found) == 4


@pytest.mark.parametrize("kind", [file, tree, pictures])
def test_what_is_not_there_has_a_state_too(tmp_path: Path, kind: object) -> None:
    assert callable(kind)
    assert kind(str(tmp_path / "none")) == kind(str(tmp_path / "none"))
    assert kind(str(tmp_path / "none")).newest == 0
