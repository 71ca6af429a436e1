"""Twelve photographs followed through SqueezeNet 1.1: time, memory, bytes a page."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import torch

from convatlas.config.read import Configuration
from convatlas.opening.configuration import parse
from convatlas.pipeline import Result, build
from convatlas.rendering.progress import silence
from convatlas.store.store import Store
from convatlas.work import Work
from machine import DATA, ROOT, WORK, peak_gib, write

MORE = 12
"""Probes of the first build; the last one adds one more."""


def main() -> None:
    """From an empty store, again with nothing changed, and with one more probe."""
    torch.set_num_threads(2)
    store, out = WORK / "probes-store", WORK / "probes-site"
    for place in (store, out):
        shutil.rmtree(place, ignore_errors=True)
    WORK.mkdir(exist_ok=True)
    for leftover in WORK.glob("probes-store*"):
        leftover.unlink()
    cold, first = timed(atlas(MORE), store, out)
    pages = [page_bytes(page) for page in sorted(out.glob("probes/*/squeezenet/index.html"))]
    warm, again = timed(atlas(MORE), store, out)
    added, another = timed(atlas(MORE + 1), store, out)
    write(
        "probes",
        {
            "probes": MORE,
            "cold_minutes": round(cold / 60, 2),
            "cold_records": first.rendered,
            "peak_gib": peak_gib(),
            "again_seconds": round(warm, 2),
            "again_records": again.rendered,
            "one_more_seconds": round(added, 2),
            "one_more_records": another.rendered,
            "failed": len(first.failures) + len(again.failures) + len(another.failures),
            "largest_page_mb": round(max(pages) / 1e6, 2),
            "mean_page_mb": round(sum(pages) / len(pages) / 1e6, 2),
        },
    )


def atlas(probes: int) -> Configuration:
    """SqueezeNet 1.1 with its real weights, without lenses of its own.

    Raises:
        SystemExit: the real data is not there.
    """
    weights = DATA / "weights" / "squeezenet1_1.pth"
    if not weights.exists():
        raise SystemExit(f"no real weights in {DATA}; set CONVATLAS_REAL_DATA")
    every = sorted((DATA / "images" / "imagenet-1k-sample").glob("*.JPEG"))
    chosen = [every[place * len(every) // MORE] for place in range(MORE)]
    chosen += [each for each in every if each not in chosen][: probes - MORE]
    entries = "\n".join(f"  - {{name: p{n}, image: {path}}}" for n, path in enumerate(chosen))
    text = f"""
models:
  - {{name: squeezenet, source: torchvision/squeezenet1_1, weights: {weights}}}
lenses: {{kernels: false, examples: false, maximize: false}}
probes:
{entries}
"""
    return parse(text, ROOT / "atlas.yaml", {})


def timed(configuration: Configuration, store: Path, out: Path) -> tuple[float, Result]:
    """Seconds and result of a build."""
    started = time.monotonic()
    with Store(store) as records:
        result: Any = build(configuration, records, out, Work("cpu"), silence)
    return time.monotonic() - started, result


def page_bytes(page: Path) -> int:
    """Bytes of a page with all that stands in its folder."""
    return sum(file.stat().st_size for file in page.parent.rglob("*") if file.is_file())


if __name__ == "__main__":
    main()
