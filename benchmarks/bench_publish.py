"""Publishing 26,560 filters with all lenses and pictures of real size, made by this script.

Each run is a process of its own, as a build with a warm store is: cold into an empty folder, then
again with nothing changed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time

from machine import ROOT, WORK, write

LAYERS, FILTERS = 53, 502  # about ResNet-50's: 26,606 filters
SITE = WORK / "publish-site"


def publish_once() -> None:
    """Make the manifest and publish it; print what it took."""
    sys.path.insert(0, str(ROOT / "tests"))
    from convatlas.site.publish import publish
    from synthetic import synthetic_manifest

    manifest, read = synthetic_manifest(
        layers=LAYERS, filters=FILTERS, images=1000, size=(224, 224), made=96, variety=64
    )
    started, used = time.perf_counter(), time.process_time()
    done = publish(manifest, read, SITE)
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    print(json.dumps({"seconds": seconds, "cpu": cpu, "files": done.files, "bytes": done.bytes}))


def run() -> dict:
    """One publishing, in a process of its own."""
    command = [sys.executable, __file__, "once"]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def main() -> None:
    """Cold, then unchanged."""
    shutil.rmtree(SITE, ignore_errors=True)
    WORK.mkdir(exist_ok=True)
    cold, unchanged = run(), run()
    filters = LAYERS * FILTERS
    write(
        "publish",
        {
            "filters": filters,
            "files": cold["files"],
            "megabytes": round(cold["bytes"] / 1e6, 1),
            "cold_seconds": round(cold["seconds"], 1),
            "cold_cpu_seconds": round(cold["cpu"], 1),
            "filter_pages_a_second": round(filters / cold["seconds"]),
            "unchanged_seconds": round(unchanged["seconds"], 2),
        },
    )
    shutil.rmtree(SITE)


if __name__ == "__main__":
    publish_once() if sys.argv[1:] == ["once"] else main()
