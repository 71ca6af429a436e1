"""The whole atlas of SqueezeNet 1.1, as a user builds it: time, memory, and what came of it.

Runs ``convatlas build -c examples/squeezenet.yaml`` in a process of its own, from an empty store,
and then again with nothing changed.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time

from machine import DATA, ROOT, WORK, write


def run(environment: dict[str, str]) -> tuple[float, dict]:
    """One build; seconds and its summary."""
    command = [sys.executable, "-m", "convatlas", "build", "--json"]
    command += ["-c", "examples/squeezenet.yaml"]
    command += ["-o", str(WORK / "squeezenet-site"), "--store", str(WORK / "squeezenet-store")]
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    return time.monotonic() - started, json.loads(done.stdout)


def layer_rows() -> list[dict]:
    """What the published pages say of each layer."""
    folder = WORK / "squeezenet-site" / "squeezenet"
    atlas = json.loads((folder.parent / "atlas.json").read_text())
    names = [layer["href"] for layer in atlas["networks"][0]["layers"]]
    rows = []
    for href in names:
        layer = json.loads((folder.parent / href).with_name("layer.json").read_text())
        attempts = [f["maximize"]["positive"]["attempts"] for f in layer["filters"]]
        rows.append(
            {"layer": layer["name"], **layer["health"], "attempts": sum(attempts) / len(attempts)}
        )
    return rows


def main() -> None:
    """Cold, then three times warm."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir()
    environment = {
        **os.environ,
        "SQUEEZENET_WEIGHTS": str(DATA / "weights" / "squeezenet1_1.pth"),
        "IMAGENET_SAMPLE": str(DATA / "images" / "imagenet-1k-sample"),
    }
    cold, summary = run(environment)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    warm = [run(environment) for _ in range(3)]
    rows = layer_rows()
    write(
        "squeezenet",
        {
            "cold_minutes": round(cold / 60, 2),
            "peak_gib": round(peak, 2),
            "warm_seconds": sorted(round(seconds, 2) for seconds, _ in warm),
            "warm_rendered": warm[-1][1]["rendered"],
            "warm_written": warm[-1][1]["published"]["written"],
            "rendered": summary["rendered"],
            "failed": len(summary["failed"]),
            "published": summary["published"],
            "dead": sum(row["dead"] for row in rows),
            "passed": sum(row["passed"] for row in rows),
            "layers": rows,
        },
    )


if __name__ == "__main__":
    main()
