"""Image sets that were refused as a whole, or passed over in part."""

from __future__ import annotations

from pathlib import Path

from support.cases import case, convatlas_in


def test_an_iterable_data_set_is_read(tmp_path: Path) -> None:
    built = convatlas_in(case("24-iterable-dataset", tmp_path), "build")
    assert built.returncode == 0, built.stderr
    assert "of 6 pictures of s published" in built.stdout


def test_one_bad_item_is_left_out_and_named(tmp_path: Path) -> None:
    built = convatlas_in(case("25-one-bad-item", tmp_path), "build")
    assert built.returncode == 0, built.stderr
    told = "s: 4 left out: raised OSError (image file is truncated) in net.py, line"
    assert told in built.stdout + built.stderr


def test_pictures_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    built = convatlas_in(case("26-heic-passed-over", tmp_path), "build")
    assert built.returncode == 0, built.stderr
    left_out = [line for line in built.stdout.splitlines() if " left out: " in line]
    assert [line.split(" left out")[0] for line in left_out] == ["s: a.heic", "s: b.HEIC"]
    assert all("HEIC" in line.partition(" left out: ")[2] for line in left_out)
    assert "2 images left out" in built.stdout
