from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from convatlas.config.folders import common_suffixes, image_files
from convatlas.config.raw_values import without_images
from convatlas.images.decode import Undecodable, decode_file
from support.photos import names, opened, save

WITHOUT_PLUGIN = """
import sys, json
sys.modules["pillow_heif"] = None
from pathlib import Path
from convatlas.config.folders import image_files
print(json.dumps({each.name: each.trouble for each in image_files(Path(sys.argv[1]))}))
"""


def without_plugin(folder: Path) -> dict[str, str]:
    command = [sys.executable, "-c", WITHOUT_PLUGIN, str(folder)]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, str] = json.loads(ended.stdout)
    return found


def troubles(folder: Path) -> dict[str, str]:
    return {each.name: each.trouble for each in image_files(folder) if each.trouble}


def test_pictures_that_nothing_can_read_are_told(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    for name in ("x.jxl", "X.PSD", "d/y.CR2", "logo.svg", "notes.txt", "z.npy", ".b.psd"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert troubles(tmp_path) == {
        "x.jxl": "a picture in JPEG XL; convert it to PNG",
        "X.PSD": "a Photoshop document; convert it to PNG",
        "d/y.CR2": "a camera's raw file; convert it to JPEG",
        "logo.svg": "a drawing in SVG; convert it to PNG",
    }


def test_the_source_of_a_picture_that_lies_beside_it_is_not_told(tmp_path: Path) -> None:
    save(tmp_path / "IMG_1.JPG")
    for name in ("IMG_1.CR2", "IMG_1.heic", "IMG_1.psd"):
        (tmp_path / name).write_bytes(b"x")
    assert troubles(tmp_path) == {} == {k: v for k, v in without_plugin(tmp_path).items() if v}


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("JPEG", "a JPEG without an ending; name it n01.jpg"),
        ("PNG", "a PNG without an ending; name it n01.png"),
        ("WEBP", "a WebP without an ending; name it n01.webp"),
        ("GIF", "a GIF without an ending; name it n01.gif"),
        ("TIFF", "a TIFF without an ending; name it n01.tif"),
    ],
)
def test_a_picture_without_an_ending_is_told(tmp_path: Path, kind: str, told: str) -> None:
    Image.new("RGB", (4, 4), 3).save(tmp_path / "n01", kind)
    (tmp_path / "README").write_text("no picture")
    (tmp_path / "empty").touch()
    (tmp_path / "link").symlink_to("nowhere")
    assert troubles(tmp_path) == {"n01": told}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_without_an_ending_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert image_files(tmp_path) == []


def test_heic_is_told_where_the_plugin_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / "a.heic").write_bytes(b"x")
    (tmp_path / "b.HEIF").write_bytes(b"x")
    told = "a picture in HEIC; install pillow-heif, or convert it to JPEG"
    assert without_plugin(tmp_path) == {"a.heic": told, "b.HEIF": told}


def test_heic_is_read_where_the_plugin_is_installed(tmp_path: Path) -> None:
    plugin = pytest.importorskip("pillow_heif", reason="pillow-heif is not installed")
    plugin.register_heif_opener()
    (tmp_path / "photos").mkdir()
    for name in ("a.heic", "b.HEIC", "c.jpg"):
        colour = (200, 30, ord(name[0]))
        Image.new("RGB", (64, 48), colour).save(tmp_path / "photos" / name, "HEIF", quality=90)
    photos = opened(tmp_path)
    assert names(photos) == ["a.heic", "b.HEIC", "c.jpg"]
    red = photos.picture(0).getpixel((5, 5))
    assert isinstance(red, tuple) and abs(red[0] - 200) < 6
    with pytest.raises(Undecodable, match=r"^damaged"):
        decode_file((tmp_path / "photos" / "a.heic").read_bytes()[:60])


def test_a_folder_without_pictures_is_told_with_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "arrays" / "deep").mkdir(parents=True)
    for number in range(3):
        (tmp_path / "arrays" / "deep" / f"{number}.NPY").touch()
    (tmp_path / "arrays" / "notes.txt").touch()
    (tmp_path / "arrays" / ".hidden.gif").touch()
    assert common_suffixes(tmp_path) == [(".npy", 3), (".txt", 1)]
    text = without_images("arrays", tmp_path / "arrays")
    assert text.startswith("the folder arrays holds no image file (but 3 .npy, 1 .txt); put jpg")
