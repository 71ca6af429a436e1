from __future__ import annotations

import errno
import multiprocessing
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from convatlas.errors import SiteError
from convatlas.site import publish as publishing
from convatlas.site.output import tree
from convatlas.site.output.marker import MARKER
from convatlas.site.publish import publish
from support.publish_process import contents as standing
from support.publish_process import publish_slowly, run
from support.synthetic import Read, synthetic_manifest

Tree = dict[str, bytes]


@pytest.fixture
def made() -> tuple[dict[str, Any], Read]:
    return synthetic_manifest(layers=2, filters=4, images=4)


def contents(root: Path) -> Tree:
    return {str(f.relative_to(root)): f.read_bytes() for f in root.rglob("*") if f.is_file()}


def refuse(digest: str) -> bytes:
    raise AssertionError("no picture has to be read")


def test_everything_is_written_once(tmp_path: Path, made: tuple[dict[str, Any], Read]) -> None:
    manifest, read = made
    first = publish(manifest, read, tmp_path / "site")
    files = contents(tmp_path / "site")
    assert first.written == first.files == len(files) - 3  # .nojekyll, the marker and its lock
    assert first.bytes == sum(len(data) for path, data in files.items() if path[0] != ".")
    assert (first.unchanged, first.removed) == (0, 0)
    for path, digest in manifest["files"].items():
        assert files[path] == read(digest)
    assert files[".nojekyll"] == b""
    assert not [path for path in files if path.endswith(".tmp")]


def test_a_second_time_nothing_is_rendered_or_written(
    tmp_path: Path, made: tuple[dict[str, Any], Read], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish(*made, tmp_path)
    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")}
    monkeypatch.setattr(publishing, "parts", lambda _: pytest.fail("pages are rendered"))
    second = publish(made[0], refuse, tmp_path)
    assert (second.written, second.removed, second.unchanged) == (0, 0, first.files)
    assert second.bytes == first.bytes
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")} == before


def test_what_changed_is_written_and_no_more(
    tmp_path: Path, made: tuple[dict[str, Any], Read]
) -> None:
    manifest, _ = made
    publish(*made, tmp_path)
    before = contents(tmp_path)
    manifest["networks"][0]["layers"][1]["filters"][2]["maximize"]["positive"]["response"] = 77.7
    result = publish(manifest, refuse, tmp_path)
    after = contents(tmp_path)
    changed = {path for path in after if after[path] != before[path]}
    data = {f"net0/features.1/{name}" for name in ("2.html", "layer.csv", "layer.json")}
    assert changed == {*data, MARKER}
    assert (result.written, result.removed) == (3, 0)


def test_a_page_changed_by_hand_is_mended(
    tmp_path: Path, made: tuple[dict[str, Any], Read]
) -> None:
    publish(*made, tmp_path)
    before = contents(tmp_path)
    page = tmp_path / "net0" / "features.0" / "1.html"
    page.write_bytes(page.read_bytes().replace(b"Excites", b"Exkites"))  # of the same length
    assert publish(made[0], refuse, tmp_path).written == 1
    assert contents(tmp_path) == before


def test_a_picture_cut_short_is_written_again(
    tmp_path: Path, made: tuple[dict[str, Any], Read]
) -> None:
    publish(*made, tmp_path)
    before = contents(tmp_path)
    path = next(iter(made[0]["files"]))
    os.truncate(tmp_path / path, 20)
    assert publish(*made, tmp_path).written == 1
    assert contents(tmp_path) == before


def test_what_does_not_belong_is_removed(tmp_path: Path, made: tuple[dict[str, Any], Read]) -> None:
    publish(*made, tmp_path)
    before = contents(tmp_path)
    (tmp_path / "old" / "layer").mkdir(parents=True)
    (tmp_path / "old" / "layer" / "0.html").write_text("old")
    (tmp_path / "net0" / ".hidden").write_text("old")
    (tmp_path / "net0" / "index.html.77.tmp").write_text("left by a killed build")
    (tmp_path / ".gitignore").write_text("*")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref")
    result = publish(*made, tmp_path)
    assert (result.written, result.removed) == (0, 3)
    assert contents(tmp_path) == before | {".gitignore": b"*", ".git/HEAD": b"ref"}
    assert not (tmp_path / "old").exists()


def test_a_network_that_goes_takes_its_pages_along(tmp_path: Path) -> None:
    manifest, read = synthetic_manifest(networks=2, layers=2, filters=2)
    publish(manifest, read, tmp_path)
    gone = manifest["networks"].pop()
    manifest["files"] = {k: v for k, v in manifest["files"].items() if not k.startswith("net1/")}
    for image in manifest["image_sets"][0]["images"].values():
        image["excites"] = [e for e in image["excites"] if e["network"] != gone["name"]]
    assert publish(manifest, refuse, tmp_path).removed > 0
    assert not (tmp_path / "net1").exists()


def test_a_link_is_replaced_and_never_followed(
    tmp_path: Path, made: tuple[dict[str, Any], Read]
) -> None:
    out, other = tmp_path / "site", tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    publish(*made, out)
    before = contents(out)
    for path in (out / "net0").rglob("*"):
        if path.is_file():
            path.unlink()
    for path in sorted((out / "net0").rglob("*"), reverse=True):
        path.rmdir()
    (out / "net0").rmdir()
    (out / "net0").symlink_to(other)
    publish(*made, out)
    assert contents(other) == {"mine.txt": b"mine"}
    assert contents(out) == before


def test_a_file_and_a_folder_may_change_places(
    tmp_path: Path, made: tuple[dict[str, Any], Read]
) -> None:
    publish(*made, tmp_path)
    before = contents(tmp_path)
    (tmp_path / "index.html").unlink()
    (tmp_path / "index.html").mkdir()
    (tmp_path / "index.html" / "x").write_text("x")
    shutil.rmtree(tmp_path / "about")
    (tmp_path / "about").write_text("x")
    publish(*made, tmp_path)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("kind", ["file", "foreign"])
def test_a_place_that_is_not_ours_is_left_alone(
    tmp_path: Path, made: tuple[dict[str, Any], Read], kind: str
) -> None:
    out = tmp_path / "site"
    if kind == "file":
        out.write_text("mine")
    else:
        out.mkdir()
        (out / "thesis.tex").write_text("mine")
    with pytest.raises(SiteError, match=r"thesis\.tex|is a file"):
        publish(*made, out)
    assert sorted(tmp_path.rglob("*")) == ([out] if kind == "file" else [out, out / "thesis.tex"])


def test_a_folder_with_dot_files_only_is_taken(
    tmp_path: Path, made: tuple[dict[str, Any], Read]
) -> None:
    (tmp_path / ".gitignore").write_text("*")
    publish(*made, tmp_path)
    assert (tmp_path / "index.html").is_file()
    assert (tmp_path / ".gitignore").read_text() == "*"


def test_files_are_readable_by_a_web_server_whatever_the_umask(
    tmp_path: Path, made: tuple[dict[str, Any], Read]
) -> None:
    before = os.umask(0o077)
    try:
        publish(*made, tmp_path / "site")
    finally:
        os.umask(before)
    modes = {f.stat().st_mode & 0o777 for f in (tmp_path / "site").rglob("*") if f.is_file()}
    folders = {f.stat().st_mode & 0o777 for f in (tmp_path / "site").rglob("*") if f.is_dir()}
    assert (modes, folders) == ({0o644}, {0o755})


def test_a_full_disk_is_one_sentence_and_leaves_no_half_file(
    tmp_path: Path, made: tuple[dict[str, Any], Read], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: str, data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(tree, "write_file", full)
        with pytest.raises(SiteError, match="disk is full"):
            publish(*made, tmp_path)
    assert publish(*made, tmp_path).written > 0


def test_a_folder_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, made: tuple[dict[str, Any], Read], monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(path: Path) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(tree.os, "scandir", locked)
    with pytest.raises(SiteError, match=r"could not be read \(Permission denied\)"):
        publish(*made, tmp_path)


def test_a_name_that_leads_out_of_the_site_is_refused(
    tmp_path: Path, made: tuple[dict[str, Any], Read]
) -> None:
    manifest, read = made
    manifest["files"]["net0/../../escape.webp"] = next(iter(manifest["files"].values()))
    with pytest.raises(SiteError, match="slugs"):
        publish(manifest, read, tmp_path / "site")
    assert not (tmp_path / "escape.webp").exists()


PLACES: list[dict[str, Any]] = [
    {"environment": {"LC_ALL": "POSIX", "TZ": "UTC", "PYTHONHASHSEED": "1"}, "umask": 0o022},
    {
        "environment": {"LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "2"},
        "umask": 0o077,
    },
]


@pytest.mark.parametrize("copies", [0, 2])
@pytest.mark.parametrize("pages", ["filter", "layer"])
def test_two_builds_are_the_same_wherever_and_however_they_run(
    tmp_path: Path, pages: str, copies: int
) -> None:
    if copies and sys.platform != "linux":
        pytest.skip("processes are copied on Linux only")
    sizes = "networks=2, layers=3, filters=9, images=8, probes=1, hypotheses=2"
    for number, place in enumerate(PLACES):
        folder = tmp_path / str(number)
        folder.mkdir()
        run(Path("site"), sizes, cwd=folder, pages=pages, copies=copies, **place)
    one, other = (standing(tmp_path / str(number) / "site") for number in range(2))
    assert one == other
    assert {mode for mode, _ in one.values()} == {0o644, 0o755}


def test_two_publishers_take_turns(tmp_path: Path, made: tuple[dict[str, Any], Read]) -> None:
    manifest, _ = made
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=publish_slowly, args=(manifest, tmp_path)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert not list(tmp_path.rglob("*.tmp"))
    assert (tmp_path / "index.html").is_file()
