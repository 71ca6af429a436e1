"""Publishing 26,606 filters from a store with pictures of real size, made by this script.

Each run is a process of its own, as a build with a warm store is: alone into an empty folder, then
with a copy of the process for each further core, then with nothing changed; once with the default
lenses, once with attribution, and once with many filters on a page. The manifest is made, not
assembled: ``bench_squeezenet_again.py`` measures that. Name a run to have that one alone, or
``sizes`` for the bytes alone.

Every run has a new folder, and all are removed at the end: right after many files were deleted ext4
takes up to ten times as long to make new ones.
"""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from machine import ROOT, WORK, peak_gib, write

LAYERS, FILTERS = 53, 502  # about ResNet-50's: 26,606 filters
STORE = WORK / "publish-store"
ATTRIBUTION = "default lenses and attribution"
RUNS = {"default lenses": "filter", ATTRIBUTION: "filter", "pages of layers": "layer"}

SIZES = {
    "positive": 5780,
    "negative": 2400,
    "second": 2250,
    "history": 1390,
    "heat": 860,
    "kernels": 205,
    "attribution": 7000,
    "images": 15500,
}
"""Bytes of a picture by its kind, as those of SqueezeNet's late layers are: at 160 px the positive
ones, at 96 the negative and second ones. Others are as the manifest makes them."""

LABELS = tuple(f"class {number} of them" for number in range(1000))
"""As many as ImageNet has, and as long."""

DIGITS = {
    **dict.fromkeys(("bounds", "response", "norm", "mean", "std", "gap", "percentiles"), 6),
    **dict.fromkeys(("logit", "size", "share_images", "importance"), 6),
    **dict.fromkeys(("responses", "edges"), 4),
}
"""Digits of the numbers in which filters differ, by key."""

SPRITES = {"made": 890, "examples": 460, "kernels": 15}
"""Bytes of a tile of a sprite by its view, as SqueezeNet's are."""


def made(name: str) -> tuple[dict[str, Any], Callable[[str], bytes]]:
    """The manifest of a run, with what reads its pictures: each has a digest of its own."""
    sys.path.insert(0, str(ROOT / "tests"))
    from support.gathered_pages import as_layers
    from support.synthetic import synthetic_manifest
    from support.synthetic_effects import with_effects
    from support.synthetic_traces import traced

    sizes: dict[str, Any] = {"layers": LAYERS, "filters": FILTERS, "images": 1000}
    sizes |= {"size": (224, 224), "made": 160, "variety": 1000, "labels": LABELS}
    found = with_effects(synthetic_manifest(**sizes, variants=False, diverse=0, sprites=True))
    manifest, read = traced(found) if name == ATTRIBUTION else found
    for layer in manifest["networks"][0]["layers"]:
        for filter in layer["filters"]:
            for lens in ("kernels", "maximize", "examples", "effects"):
                filter[lens] = _of_its_own(filter[lens], 1 - filter["index"] / 7919)
    files = manifest["files"]
    pictures = {
        path: _sized(read(digest), _size(path), number)
        for number, (path, digest) in enumerate(files.items())
    }
    kept = _keep(pictures)
    manifest["files"] = dict(zip(pictures, kept, strict=True))
    return (as_layers(manifest) if RUNS[name] == "layer" else manifest), read


def _of_its_own(value: Any, factor: float, digits: int = 0) -> Any:
    """What is told of a filter, with numbers that no other filter has: as long as real ones are."""
    if isinstance(value, float) and digits:
        return float(f"{value * factor:.{digits}g}")
    if isinstance(value, list):
        return [_of_its_own(each, factor, digits) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: _of_its_own(each, factor, DIGITS.get(key, digits)) for key, each in value.items()}


def _size(path: str) -> int:
    """Bytes of a picture, by its path; 0 where they are as they are."""
    from convatlas.site.check.budgets import kind

    if kind(path) != "sprites":
        return SIZES.get(kind(path), 0)
    return min(FILTERS, 256) * SPRITES[path.rpartition("/")[2].split("-")[1]]


def _sized(data: bytes, size: int, number: int) -> bytes:
    """A file of a size that tells its length as WebP does; the picture itself for no size."""
    if not size:
        return data
    return (
        b"RIFF" + (size - 8).to_bytes(4, "little") + b"WEBP" + number.to_bytes(size - 12, "little")
    )


def _keep(pictures: dict[str, bytes]) -> list[str]:
    """Puts pictures into the store; returns their digests."""
    import hashlib

    from convatlas.store.store import Store

    digests = [hashlib.sha256(data).hexdigest() for data in pictures.values()]
    with Store(STORE) as store, store.transaction():
        store.connection.executemany(
            "insert or ignore into pictures values (?, ?)",
            zip(digests, pictures.values(), strict=True),
        )
    return digests


def publish_once(name: str, copies: str, site: str) -> None:
    """Make the manifest and publish it; print what it took."""
    from convatlas.planning.gc_pause import gc_paused
    from convatlas.site.publish import publish
    from convatlas.store.store import Store

    manifest, _ = made(name)
    gc.collect()
    with Store(STORE) as store, gc_paused():
        started, used = time.perf_counter(), _cpu()
        done = publish(
            manifest,
            store.picture,
            Path(site),
            closed_for_fork=store.closed_for_fork,
            copies=None if copies == "auto" else int(copies),
        )
        seconds, cpu = time.perf_counter() - started, _cpu() - used
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    told = {"seconds": seconds, "cpu": cpu, "files": done.files, "bytes": done.bytes}
    print(json.dumps({**told, "peak_gib": peak_gib(), "peak_gib_copy": round(children, 2)}))


def _cpu() -> float:
    """Seconds of work, that of copies included once they have ended."""
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, both))


def run(*arguments: str) -> dict[str, Any]:
    """One publishing, in a process of its own."""
    command = [sys.executable, __file__, *arguments]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def checked(site: str) -> dict[str, Any]:
    """What ``convatlas check`` finds, and the seconds that it takes."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "convatlas", "check", "--json", site]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    report = json.loads(done.stdout)
    return {"seconds": round(time.perf_counter() - started, 1), **report}


def sizes(report: dict[str, Any]) -> dict[str, Any]:
    """How many files there are, and what a filter takes in them."""
    each = {kind: size / report["filters"] / 1000 for kind, size in report["sizes"].items()}
    return {
        "files": report["files"],
        "megabytes": round(report["bytes"] / 1e6, 1),
        "kilobytes": round(sum(each.values()), 2),
        "kilobytes_a_filter": {kind: round(size, 2) for kind, size in each.items()},
    }


def measured(name: str, folder: str) -> dict[str, Any]:
    """One kind of site: alone, by all cores, unchanged, and checked."""
    alone = run(name, "0", f"{folder}/{name}, alone")
    site = f"{folder}/{name}"
    cold, unchanged, report = run(name, "auto", site), run(name, "auto", site), checked(site)
    return {
        **sizes(report),
        "cold_seconds_one_process": round(alone["seconds"], 1),
        "cold_seconds": round(cold["seconds"], 1),
        "cold_cpu_seconds": round(cold["cpu"], 1),
        "times_one_process": round(alone["seconds"] / cold["seconds"], 2),
        "unchanged_seconds": round(unchanged["seconds"], 2),
        "peak_gib": cold["peak_gib"],
        "peak_gib_of_a_copy": cold["peak_gib_copy"],
        "check_seconds": report["seconds"],
        "check_findings": len(report["findings"]),
        "check_notes": report["notes"],
    }


def sized(name: str, folder: str) -> dict[str, Any]:
    """What one kind of site takes on disk, on a machine that need not be quiet."""
    cold, report = run(name, "auto", f"{folder}/{name}"), checked(f"{folder}/{name}")
    return {**sizes(report), "peak_gib": cold["peak_gib"], "parts": report.get("parts")}


def main(names: Iterable[str]) -> None:
    """Every kind of site that is named; of ``sizes`` what the default lenses take, and no times."""
    WORK.mkdir(exist_ok=True)
    STORE.unlink(missing_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="publish-", dir=WORK) as folder:
            if list(names) == ["sizes"]:
                write("publish_sizes", sized(next(iter(RUNS)), folder))
                return
            found = {name: measured(name, folder) for name in names}
        write("publish", {"filters": LAYERS * FILTERS, **found})
    finally:
        for file in WORK.glob(f"{STORE.name}*"):
            file.unlink()


if __name__ == "__main__":
    publish_once(*sys.argv[1:]) if len(sys.argv) == 4 else main(sys.argv[1:] or RUNS)
