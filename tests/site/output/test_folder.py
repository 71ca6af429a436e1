"""Whether a folder may hold the site is asked first; what is not ours stays as it is."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convatlas.errors import SiteError
from convatlas.site.output import folder
from convatlas.site.output.folder import check_folder
from convatlas.site.output.marker import MARKER
from convatlas.site.publish import publish
from support.foreign_files import standing
from support.synthetic import Read, synthetic_manifest


@pytest.fixture
def made() -> tuple[dict[str, Any], Read]:
    return synthetic_manifest(layers=1, filters=2, images=2)


def a_file(out: Path) -> None:
    out.write_text("mine")


def below_a_file(out: Path) -> None:
    out.parent.rmdir()
    out.parent.write_text("mine")


def a_pipe(out: Path) -> None:
    os.mkfifo(out)


def a_link_to_nowhere(out: Path) -> None:
    out.symlink_to("nowhere")


def files_of_others(out: Path) -> None:
    out.mkdir()
    (out / "thesis.tex").write_text("mine")


def a_linked_marker(out: Path) -> None:
    files_of_others(out)
    (out.parent / "other").write_text("convatlas writes this folder")
    (out / MARKER).symlink_to("../other")


def a_marker_of_others(out: Path) -> None:
    files_of_others(out)
    (out / MARKER).write_text("my own notes on this site")


def a_marker_that_is_a_folder(out: Path) -> None:
    (out / MARKER).mkdir(parents=True)


FOREIGN = [
    a_file,
    below_a_file,
    a_pipe,
    a_link_to_nowhere,
    files_of_others,
    a_linked_marker,
    a_marker_of_others,
    a_marker_that_is_a_folder,
]


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_is_not_ours_is_refused_by_name_and_stays_as_it_is(
    tmp_path: Path, made: tuple[dict[str, Any], Read], kind: Callable[[Path], None]
) -> None:
    out = tmp_path / "place" / "site"
    out.parent.mkdir()
    kind(out)
    before = standing(tmp_path)
    for attempt in (lambda: check_folder(out), lambda: publish(*made, out)):
        with pytest.raises(SiteError, match=r"place.* (another|for the site)"):
            attempt()
        assert standing(tmp_path) == before


@pytest.mark.parametrize("place", ["new", "new/below/it", "empty", "dots", "link"])
def test_a_folder_that_may_be_written_is_left_as_it_is(tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty")
    (tmp_path / "dots").mkdir()
    (tmp_path / "dots" / ".gitignore").write_text("*")
    before = standing(tmp_path)
    check_folder(tmp_path / place)
    assert standing(tmp_path) == before


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (errno.ENOSPC, r"the disk is full: .*site could not be written; free some space"),
        (errno.EROFS, r"site could not be written \(Read-only file system\)"),
        (errno.EACCES, r"site could not be written \(Permission denied\); correct"),
    ],
)
def test_a_folder_that_cannot_be_written_is_told_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int, said: str
) -> None:
    def refuse(dir: Path) -> None:
        raise OSError(error, os.strerror(error))

    (tmp_path / "site").mkdir()
    monkeypatch.setattr(folder, "TemporaryFile", refuse)
    with pytest.raises(SiteError, match=said):
        check_folder(tmp_path / "site")


def test_the_site_may_be_a_link_to_a_folder(
    tmp_path: Path, made: tuple[dict[str, Any], Read]
) -> None:
    (tmp_path / "www").mkdir()
    (tmp_path / "site").symlink_to("www")
    publish(*made, tmp_path / "site")
    assert (tmp_path / "site").is_symlink()
    assert (tmp_path / "www" / "index.html").is_file()
    assert publish(*made, tmp_path / "site").written == 0
