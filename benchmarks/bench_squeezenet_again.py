"""SqueezeNet's atlas, as ``bench_squeezenet.py`` left it, built again with nothing changed.

Each time in a process of its own, as a user does it.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time

from machine import DATA, ROOT, WORK, write

RUNS = 7


def run() -> tuple[float, dict]:
    """One build; seconds and its summary."""
    environment = {
        **os.environ,
        "SQUEEZENET_WEIGHTS": str(DATA / "weights" / "squeezenet1_1.pth"),
        "IMAGENET_SAMPLE": str(DATA / "images" / "imagenet-1k-sample"),
    }
    command = [sys.executable, "-m", "convatlas", "-q", "build", "--json"]
    command += ["-c", str(ROOT / "examples" / "squeezenet.yaml")]
    command += ["-o", str(WORK / "squeezenet-site"), "--store", str(WORK / "squeezenet-store")]
    started = time.monotonic()
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return time.monotonic() - started, json.loads(done.stdout)


def main() -> None:
    """Several times; nothing may be rendered or written."""
    if not (WORK / "squeezenet-store").exists():
        raise SystemExit("run bench_squeezenet.py before")
    warm = [run() for _ in range(RUNS)]
    write(
        "rebuild",
        {
            "seconds_median": round(statistics.median(seconds for seconds, _ in warm), 2),
            "seconds": sorted(round(seconds, 2) for seconds, _ in warm),
            "records": warm[-1][1]["kept"],
            "files": warm[-1][1]["published"]["files"],
            "rendered": max(summary["rendered"] for _, summary in warm),
            "written": max(summary["published"]["written"] for _, summary in warm),
        },
    )


if __name__ == "__main__":
    main()
