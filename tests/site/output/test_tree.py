"""What a build finds in its folder: its own files are mended, a person's own told or kept."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import pytest

from convatlas.errors import SiteError
from convatlas.site.output import strangers
from convatlas.site.output.marker import MARKER, read_marker
from convatlas.site.publish import publish
from support.foreign_files import standing
from support.publish_process import contents
from support.synthetic import Read, synthetic_manifest

Made = tuple[dict[str, Any], Read]


@pytest.fixture
def made() -> Made:
    return synthetic_manifest(layers=2, filters=3, images=4)


def empty(file: Path) -> None:
    file.write_bytes(b"")


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def flip_a_bit(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 4
    file.write_bytes(data)


def zero_after_the_header(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data[:12] + bytes(len(data) - 12))


def take_another_file(file: Path) -> None:
    others = [each for each in sorted(file.parent.iterdir()) if each.is_file() and each != file]
    file.write_bytes(others[0].read_bytes())


def be_a_link(file: Path) -> None:
    copy = file.parents[2] / "elsewhere"
    copy.write_bytes(file.read_bytes())
    file.unlink()
    file.symlink_to(copy)


DAMAGES = [empty, cut, flip_a_bit, zero_after_the_header, take_another_file, be_a_link]


@pytest.mark.parametrize("pattern", ["net0/**/*.webp", "net0/**/?.html", "**/*.js*"])
def test_whatever_is_wrong_with_a_file_is_mended(tmp_path: Path, made: Made, pattern: str) -> None:
    out = tmp_path / "site"
    publish(*made, out)
    before = contents(out)
    for damage, file in zip(DAMAGES, sorted(out.glob(pattern)), strict=False):
        damage(file)
    assert publish(*made, out).written == len(DAMAGES)
    assert contents(out) == before
    assert publish(*made, out).written == 0


@pytest.mark.parametrize("time", [0, 10**18])
def test_a_changed_file_with_an_old_time_is_found(tmp_path: Path, made: Made, time: int) -> None:
    publish(*made, tmp_path)
    before = contents(tmp_path)
    file = sorted(tmp_path.glob("net0/features.0/*.webp"))[0]
    flip_a_bit(file)
    os.utime(file, ns=(time, time))
    publish(*made, tmp_path)
    assert contents(tmp_path) == before


def test_a_persons_own_files_are_told_before_they_go(
    tmp_path: Path, made: Made, caplog: pytest.LogCaptureFixture
) -> None:
    publish(*made, tmp_path)
    before = contents(tmp_path)
    (tmp_path / "CNAME").write_text("atlas.example.org")
    (tmp_path / "net0" / "papers").mkdir()
    (tmp_path / "net0" / "papers" / "mine.pdf").write_text("mine")
    (tmp_path / "to").symlink_to("/")
    (tmp_path / "index.html.12.tmp").write_text("half")
    with caplog.at_level(logging.WARNING, "convatlas"):
        publish(*made, tmp_path)
    told = [record.getMessage() for record in caplog.records]
    assert [each.partition(":")[0] for each in told] == [
        str(tmp_path / name) for name in ("to", "CNAME", "net0/papers/mine.pdf")
    ]
    assert "`site: {keep: [CNAME]}`" in told[1]
    assert contents(tmp_path) == before


def test_of_many_files_the_first_are_told(
    tmp_path: Path, made: Made, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strangers, "MOST", 3)
    publish(*made, tmp_path)
    for number in range(10):
        (tmp_path / f"{number}.txt").write_text("mine")
    with caplog.at_level(logging.WARNING, "convatlas"):
        publish(*made, tmp_path)
    assert len(caplog.records) == 4
    assert "7 more such files removed" in caplog.text


def test_a_folder_that_a_page_takes_the_place_of_is_told(
    tmp_path: Path, made: Made, caplog: pytest.LogCaptureFixture
) -> None:
    publish(*made, tmp_path)
    (tmp_path / "index.html").unlink()
    (tmp_path / "index.html").mkdir()
    (tmp_path / "index.html" / "mine.txt").write_text("mine")
    with caplog.at_level(logging.WARNING, "convatlas"):
        publish(*made, tmp_path)
    assert "index.html/mine.txt: removed" in caplog.text
    assert (tmp_path / "index.html").is_file()


def test_what_goes_with_its_network_is_not_told(
    tmp_path: Path, made: Made, caplog: pytest.LogCaptureFixture
) -> None:
    publish(*synthetic_manifest(networks=2, layers=1, filters=3, images=4), tmp_path)
    with caplog.at_level(logging.WARNING, "convatlas"):
        assert publish(*made, tmp_path).removed > 0
    assert caplog.records == []


def test_what_is_kept_stays(tmp_path: Path, made: Made, caplog: pytest.LogCaptureFixture) -> None:
    publish(*made, tmp_path)
    (tmp_path / "CNAME").write_text("atlas.example.org")
    (tmp_path / "papers" / "2026").mkdir(parents=True)
    (tmp_path / "papers" / "2026" / "mine.pdf").write_text("mine")
    (tmp_path / "google1.html").symlink_to("/etc/hostname")
    before = standing(tmp_path)
    keep = ["CNAME", "papers/", "google*.html"]
    with caplog.at_level(logging.WARNING, "convatlas"):
        for _ in range(2):
            assert publish(*made, tmp_path, keep=keep).written == 0
    assert caplog.records == []
    after = standing(tmp_path)
    assert {path for path in after if after[path] != before.get(path)} == {MARKER}
    (tmp_path / "CNAME").write_text("other.example.org")
    assert publish(*made, tmp_path, keep=keep).written == 0
    assert (tmp_path / "CNAME").read_text() == "other.example.org"


@pytest.mark.parametrize("pattern", ["index.html", "net0", "*"])
def test_a_file_of_the_site_cannot_be_kept(tmp_path: Path, made: Made, pattern: str) -> None:
    with pytest.raises(SiteError, match=r"is a file of the site.*keep"):
        publish(*made, tmp_path, keep=[pattern])


@pytest.mark.parametrize("how", ["link", "hard link", "file", "folder"])
def test_what_has_the_name_of_nojekyll_is_not_touched(tmp_path: Path, made: Made, how: str) -> None:
    other, place = tmp_path / "other", tmp_path / "site" / ".nojekyll"
    place.parent.mkdir()
    other.write_text("mine")
    other.chmod(0o600)
    {
        "link": lambda: place.symlink_to(other),
        "hard link": lambda: place.hardlink_to(other),
        "file": lambda: place.write_text("mine"),
        "folder": place.mkdir,
    }[how]()
    before = standing(tmp_path)
    publish(*made, tmp_path / "site")
    assert {k: v for k, v in standing(tmp_path).items() if k in before and k != "site"} == {
        k: v for k, v in before.items() if k != "site"
    }


def test_files_that_are_also_elsewhere_keep_their_bytes_there(tmp_path: Path, made: Made) -> None:
    """As hard links: the marker, a page and a picture, as some backups make them."""
    out, backup = tmp_path / "site", tmp_path / "backup"
    publish(*made, out)
    manifest, read = synthetic_manifest(layers=2, filters=3, images=4)
    manifest["title"] = "Another"
    for file in [path for path in out.rglob("*") if path.is_file()]:
        copy = backup / file.relative_to(out)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.hardlink_to(file)
    before = contents(backup)
    publish(manifest, read, out)
    assert contents(backup) == before
    assert contents(out) != before


def test_the_marker_lists_what_no_name_proves(tmp_path: Path, made: Made) -> None:
    publish(*made, tmp_path)
    marker = read_marker(tmp_path)
    assert marker is not None
    files = {
        str(path.relative_to(tmp_path))
        for path in tmp_path.rglob("*")
        if path.is_file() and path.relative_to(tmp_path).parts[0][0] != "."
    }
    assert set(marker.digests) == {path for path in files if path not in made[0]["files"]}
