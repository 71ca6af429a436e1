"""Opening a set of 50,000 files: for the first time, again, and after a hundred have changed.

Each opening is a process of its own with a store on the disk, as a build is.
"""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from machine import WORK, write

COUNT, CLASSES, CHANGED = 50_000, 100, 100
FOLDER = WORK / "scan"
PHOTOS = FOLDER / "photos"


def fill() -> None:
    """Small PNG files, all different, in class folders."""
    noise = np.random.default_rng(0)
    for number in range(CLASSES):
        (PHOTOS / f"class {number:02}").mkdir(parents=True)
    for number in range(COUNT):
        path(number).write_bytes(picture(noise))


def path(number: int) -> Path:
    """Where a picture lies."""
    return PHOTOS / f"class {number % CLASSES:02}" / f"{number:05}.png"


def picture(noise: np.random.Generator) -> bytes:
    """A PNG file of 16 x 16 pixels."""
    file = io.BytesIO()
    pixels = noise.integers(0, 256, (16, 16, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def open_once() -> None:
    """Open the set as a build does; print what it took."""
    from convatlas.images.sets import open_set
    from convatlas.opening.catalog import OpenCatalog
    from convatlas.opening.configuration import parse
    from convatlas.store.store import Store

    data = {
        "models": [{"name": "a", "source": "torchvision/alexnet"}],
        "images": [{"name": "photos", "source": "folder:photos"}],
    }
    configuration = parse(json.dumps(data), FOLDER / "atlas.yaml", {})
    with Store(FOLDER / "store") as store:
        catalog, entry = OpenCatalog(store), configuration.atlas.images[0]
        started = time.perf_counter()
        opened = open_set(entry, configuration, catalog)
        seconds = time.perf_counter() - started
        catalog.keep_images(entry, opened.facts)
        kept = time.perf_counter() - started - seconds
    found = {"images": len(opened.facts.images), "fingerprint": opened.facts.fingerprint}
    print(json.dumps({"seconds": seconds, "kept": kept, **found}))


def run() -> dict:
    """One opening, in a process of its own."""
    command = [sys.executable, __file__, "once"]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def main() -> None:
    """First, three times again, and changed."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    fill()
    first, again = run(), [run() for _ in range(3)]
    assert all(each["fingerprint"] == first["fingerprint"] for each in again)
    noise = np.random.default_rng(1)
    for number in range(CHANGED):
        path(number).write_bytes(picture(noise))
    changed = run()
    assert changed["fingerprint"] != first["fingerprint"]
    write(
        "scan",
        {
            "files": COUNT,
            "first_seconds": round(first["seconds"], 2),
            "again_seconds": [round(each["seconds"], 2) for each in again],
            "changed_files": CHANGED,
            "changed_seconds": round(changed["seconds"], 2),
            "kept_for_pages_seconds": round(min(each["kept"] for each in again), 2),
        },
    )
    shutil.rmtree(FOLDER)


if __name__ == "__main__":
    open_once() if sys.argv[1:] == ["once"] else main()
