"""Logos and pictures of pages: their size on a page, and what is refused before it is published."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import EpsImagePlugin, Image, features

import convatlas
from convatlas.config.picture_size import SHOWN, read_picture

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n%%EOF\n"


def size(file: Path) -> tuple[int, int]:
    _, width, height = read_picture(file)
    return width, height


def test_the_size_of_a_picture_is_the_one_it_is_shown_in(tmp_path: Path) -> None:
    turned = Image.new("RGB", (30, 20))
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "a.jpg", exif=exif)
    assert size(tmp_path / "a.jpg") == (20, 30)
    assert read_picture(tmp_path / "a.jpg").data == (tmp_path / "a.jpg").read_bytes()


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".gif", ".avif"])
def test_a_damaged_picture_is_a_sentence(tmp_path: Path, suffix: str) -> None:
    if suffix == ".avif" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    file = tmp_path / f"a{suffix}"
    Image.effect_noise((40, 30), 90).convert("RGB").save(file)
    whole = file.read_bytes()
    assert size(file) == (40, 30)
    for cut in range(0, len(whole), max(1, len(whole) // 40)):
        for data in (whole[:cut], whole[:cut] + bytes(40) + whole[cut + 40 :]):
            file.write_bytes(data)
            try:
                assert min(size(file)) > 0
            except ValueError as error:
                assert str(error) == "is a picture that cannot be read; save it again"


def test_a_logo_starts_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "gs"
    program.write_text(f'#!/bin/sh\ntouch "{tmp_path}/started"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None)
    (tmp_path / "a.png").write_bytes(EPS)
    with pytest.raises(ValueError, match="is a picture that cannot be read"):
        read_picture(tmp_path / "a.png")
    assert not (tmp_path / "started").exists()


def test_pillow_tries_only_formats_that_are_named() -> None:
    calls = list(_openings())
    assert len(calls) >= 3
    for place, call in calls:
        assert any(keyword.arg == "formats" for keyword in call.keywords), place


def _openings() -> Iterator[tuple[str, ast.Call]]:
    for file in Path(convatlas.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Image.open":
                yield f"{file}:{node.lineno}", node


def test_more_pixels_than_a_page_should_load_are_refused(tmp_path: Path) -> None:
    Image.new("1", (10_000, 5001)).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match="has more than 50,000,000 pixels; make it smaller"):
        read_picture(tmp_path / "a.png")


@pytest.mark.skipif(sys.platform == "win32", reason="no such files on Windows")
@pytest.mark.parametrize("suffix", SHOWN)
def test_a_device_is_not_opened(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"a{suffix}").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / f"b{suffix}")
    for name in "ab":
        with pytest.raises(ValueError, match="neither a file nor a folder"):
            read_picture(tmp_path / f"{name}{suffix}")


@pytest.mark.skipif(not Path("/proc/kmsg").exists(), reason="no such files here")
def test_a_file_of_no_size_that_never_ends_is_not_opened(tmp_path: Path) -> None:
    script = "from pathlib import Path; from convatlas.config.content import content\n"
    script += "assert content(Path('/proc/self/pagemap'), 100) == b''"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
