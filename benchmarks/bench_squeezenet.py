"""The whole atlas of SqueezeNet 1.1 at ``standard``: time, memory, and what came of each layer."""

from __future__ import annotations

import shutil

from machine import WORK, peak_gib, write
from squeezenet import configuration
from timed import rows, timed, totals


def main() -> None:
    """From an empty store."""
    store, out = WORK / "squeezenet-store", WORK / "squeezenet-site"
    WORK.mkdir(exist_ok=True)
    shutil.rmtree(out, ignore_errors=True)
    for file in WORK.glob(f"{store.name}*"):
        file.unlink()
    cold, result, seconds = timed(configuration(), store, out)
    found = rows(out, "squeezenet", seconds)
    write(
        "squeezenet",
        {
            "cold_minutes": round(cold / 60, 2),
            "peak_gib": peak_gib(),
            "rendered": result.rendered,
            "failed": len(result.failures),
            "site_files": sum(1 for path in out.rglob("*") if path.is_file()),
            "site_mb": round(sum(p.stat().st_size for p in out.rglob("*") if p.is_file()) / 1e6, 1),
            **totals(found),
            "layers": found,
        },
    )


if __name__ == "__main__":
    main()
