"""A folder of bad and odd image files, and what should come of each."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from support.broken_image_files import broken_files
from support.odd_image_files import Usable, card, saved, usable_files

NAMES = (
    "with spaces.png",
    "\u00e9t\u00e9-composed.png",
    "e\u0301te\u0301-decomposed.png",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 family.png",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627.png",
    "\u732b/\u72ac.png",
    "l" * 251 + ".png",
    "a%20b&c=d#e?f.png",
    "'quotes' \"and\" `ticks`.png",
    "-rf.png",
    "two.dots.png",
    "line\nbreak.png",
    "back\\slash.png",
    "folder.jpg/inside.png",
    "deep/" * 40 + "down.png",
)
"""Names that a file may have, each of a sound picture."""

PASSED = (
    ".hidden.png",
    ".git/x.png",
    "__MACOSX/._plain.jpg",
    "Thumbs.db",
    "desktop.ini",
    "notes.txt",
    "plain.psd",
)
"""Files that are passed over: hidden, no pictures, or with a readable one of their name beside."""

OTHERS = {
    "no-suffix": "^a PNG without an ending; name it no-suffix.png$",
    "png": "^a PNG without an ending; name it png.png$",
    "raw/DSC_1.NEF": "^a camera's raw file; convert it to JPEG$",
    "logo.svg": "^a drawing in SVG; convert it to PNG$",
}
"""Pictures of kinds that are not read."""


class Corpus(NamedTuple):
    """What should come of each file: names as they are told, apart from those that are usable."""

    usable: dict[str, Usable]
    left_out: dict[str, str]
    """Patterns of the reasons."""
    passed_over: set[str]


def write_corpus(folder: Path) -> Corpus:
    """Write the corpus into ``folder / "photos"``; what links lead to stands beside it."""
    photos = folder / "photos"
    corpus = Corpus(usable_files(), {}, set(PASSED))
    for number, name in enumerate(NAMES):
        picture = Image.new("RGB", (9, 7), (number * 9, 77, 7))
        corpus.usable[name] = Usable(saved(picture, "PNG"), picture)
    for name, usable in corpus.usable.items():
        _write(photos / name, usable.data)
    for name, broken in broken_files().items():
        _write(photos / name, broken.data)
        corpus.left_out[name] = broken.reason
    corpus.left_out.update(OTHERS)
    for name in (*PASSED, *OTHERS):
        _write(photos / name, saved(card(80), "PNG"))
    _write_duplicates(photos, corpus)
    _write_links(folder, photos, corpus)
    _write_what_is_no_file(photos, corpus)
    return corpus


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _write_duplicates(photos: Path, corpus: Corpus) -> None:
    for name, original in (
        ("z copy.png", "plain.png"),
        ("z/plain.png", "plain.png"),
        ("z/other name.gif", "in truth a jpeg.png"),
    ):
        _write(photos / name, (photos / original).read_bytes())
        corpus.left_out[name] = f"^same content as {original}$"
    os.link(photos / "plain.bmp", photos / "z hard link.bmp")
    corpus.left_out["z hard link.bmp"] = "^same content as plain.bmp$"


def _write_links(folder: Path, photos: Path, corpus: Corpus) -> None:
    """Links: out of the set, within it, in circles, and nowhere."""
    for number, name in enumerate(("file.png", "more/one.png", "more/even/two.png")):
        outside = card(81 + number)
        _write(folder / "outside" / name, saved(outside, "PNG"))
        inside = "a link out.png" if name == "file.png" else name.replace("more", "linked", 1)
        corpus.usable[inside] = Usable(saved(outside, "PNG"), outside)
    (photos / "a link out.png").symlink_to(folder / "outside" / "file.png")
    (photos / "linked").symlink_to(folder / "outside" / "more")
    (photos / "linked again").symlink_to(folder / "outside" / "more")
    (photos / "circle").symlink_to(photos)
    (folder / "outside" / "more" / "up").symlink_to(folder / "outside")
    corpus.passed_over.update(("linked again", "circle", "linked/up/more"))
    corpus.left_out["linked/up/file.png"] = "^same content as a link out.png$"
    (photos / "z link.jpg").symlink_to("plain.jpg")
    corpus.left_out["z link.jpg"] = "^same content as plain.jpg$"
    (photos / "gone.png").symlink_to(folder / "gone.png")
    (photos / "itself.png").symlink_to("itself.png")
    (photos / "one way.png").symlink_to("other way.png")
    (photos / "other way.png").symlink_to("one way.png")
    for name in ("gone.png", "itself.png", "one way.png", "other way.png"):
        corpus.left_out[name] = "^a link that leads nowhere"
    (photos / "zero.png").symlink_to("/dev/zero")
    corpus.left_out["zero.png"] = "^neither a file nor a folder$"


def _write_what_is_no_file(photos: Path, corpus: Corpus) -> None:
    os.mkfifo(photos / "pipe.png")
    corpus.left_out["pipe.png"] = "^neither a file nor a folder$"
    with (photos / "huge.png").open("wb") as file:
        file.truncate(1 << 40)  # of which nothing is on the disk
    corpus.left_out["huge.png"] = "1,099,511,627,776 bytes: larger than"
    os.link(photos / "plain.jpg", os.fsencode(photos) + b"/\xff.jpg")
    corpus.left_out["\\udcff.jpg"] = "^the file's name is no valid Unicode$"
    if os.getuid():  # root may read everything
        _write(photos / "locked.png", b"x")
        (photos / "locked.png").chmod(0)
        corpus.left_out["locked.png"] = r"^cannot be read \(Permission denied\)$"
        (photos / "locked").mkdir(mode=0)
        corpus.left_out["locked/"] = r"^the folder cannot be read \(Permission denied\)$"
