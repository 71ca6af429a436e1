"""Every file that is not as it was published is found, wherever the site is."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from convatlas.site.check import contents
from convatlas.site.check.check import check
from convatlas.site.output.marker import MARKER
from convatlas.site.publish import publish
from support.synthetic import synthetic_manifest


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    publish(*synthetic_manifest(layers=2, filters=4, images=4), out)
    return out


@pytest.fixture
def copied(built: Path, tmp_path: Path) -> Path:
    """The site, copied elsewhere."""
    return Path(shutil.copytree(built, tmp_path / "copy"))


def files(site: Path) -> list[Path]:
    return sorted(
        f for f in site.rglob("*") if f.is_file() and f.relative_to(site).parts[0][0] != "."
    )


@pytest.mark.parametrize("seed", range(10))
def test_a_flipped_bit_is_found(copied: Path, seed: int) -> None:
    chosen = random.Random(seed)
    file = chosen.choice(files(copied))
    data = bytearray(file.read_bytes())
    data[chosen.randrange(len(data))] ^= 1 << chosen.randrange(8)
    file.write_bytes(data)
    name = str(file.relative_to(copied))
    assert (
        f"{name}: changed since it was published; build again to mend it" in check(copied).findings
    )


def test_what_is_empty_missing_or_too_many_is_found(copied: Path) -> None:
    empty, missing, *_ = sorted(copied.glob("net0/features.0/*.html"))
    empty.write_bytes(b"")
    missing.unlink()
    (copied / "mine.txt").write_text("mine")
    found = check(copied).findings
    assert f"{empty.relative_to(copied)}: empty; build again to mend it" in found
    assert f"{missing.relative_to(copied)}: published, but missing" in found
    assert "mine.txt: not published" in found


def test_a_picture_that_nothing_links_to_is_missed(copied: Path) -> None:
    sorted(copied.glob("net0/features.0/*history*.webp"))[0].unlink()
    assert any("missing" in each or "leads to" in each for each in check(copied).findings)


def test_without_the_marker_pictures_prove_themselves(copied: Path) -> None:
    (copied / MARKER).unlink()
    report = check(copied)
    assert report.findings == ()
    assert "only pictures were compared" in report.notes[0]
    picture = sorted(copied.glob("net0/features.0/*.webp"))[0]
    picture.write_bytes(b"RIFF" + picture.read_bytes()[4:-1] + b"x")
    assert "changed since" in check(copied).findings[0]


@pytest.mark.parametrize(
    "damage", [(b"listing", b"misting"), (b"0", b"\xff"), (b'{"', b'[["'), (b"}", b"")]
)
def test_a_damaged_marker_proves_nothing_and_is_mended(
    tmp_path: Path, damage: tuple[bytes, bytes]
) -> None:
    made = synthetic_manifest(layers=1, filters=20, images=2)
    publish(*made, tmp_path)
    whole = (tmp_path / MARKER).read_bytes()
    assert damage[0] in whole
    (tmp_path / MARKER).write_bytes(whole.replace(*damage, 1))
    report = check(tmp_path)
    assert report.findings == ()
    assert "only pictures were compared" in report.notes[0]
    publish(*made, tmp_path)
    assert (tmp_path / MARKER).read_bytes() == whole


def test_own_files_that_are_kept_are_no_fault(built: Path, tmp_path: Path) -> None:
    keep = ["CNAME", "own"]
    made = synthetic_manifest(layers=1, filters=2, images=2)
    publish(*made, tmp_path, keep=keep)
    (tmp_path / "CNAME").write_text("atlas.example.org")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "index.html").write_text('<script>1</script><a href="https://a.example">')
    publish(*made, tmp_path, keep=keep)
    report = check(tmp_path)
    assert report.findings == ()
    assert report.files == len(files(tmp_path))


def test_copies_of_the_process_find_the_same(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in files(copied)[::7]:
        file.write_bytes(b"")
    alone = check(copied).findings
    monkeypatch.setattr(contents, "MANY", 1)
    monkeypatch.setattr(contents, "TOGETHER", 5)
    monkeypatch.setattr(contents, "helpers", lambda: 2)
    assert check(copied).findings == alone
