"""ResNet-50's 26,560 filters at ``standard`` on a GPU: minutes, and what a filter takes.

Random weights, or those of ``RESNET50_WEIGHTS``. With a number as argument, only so many filters a
layer. Without a GPU it says so and measures nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import torch

from convatlas.opening.configuration import parse
from machine import WORK, peak_gib, write
from timed import rows, timed


def main(filters: str = "all") -> None:
    """Positive pictures alone; there are no images, so every filter has one attempt."""
    if not torch.cuda.is_available():
        raise SystemExit("no GPU here: nothing was measured")
    chosen = filters if filters == "all" else f"0-{int(filters) - 1}"
    model = {
        "name": "resnet50",
        "source": "torchvision/resnet50",
        "weights": os.environ.get("RESNET50_WEIGHTS", "none"),
        "filters": chosen,
    }
    lenses = {"kernels": False, "maximize": {"negative": False, "second": False}}
    text = json.dumps({"models": [model], "lenses": lenses})
    WORK.mkdir(exist_ok=True)
    store, out = WORK / "gpu-store", WORK / "gpu-site"
    store.unlink(missing_ok=True)
    shutil.rmtree(out, ignore_errors=True)
    seconds, result, spent = timed(parse(text, Path("atlas.yaml"), os.environ), store, out)
    found = rows(out, "resnet50", spent)
    write(
        "gpu",
        {
            "minutes": round(seconds / 60, 2),
            "rendered": result.rendered,
            "failed": len(result.failures),
            "filters_an_hour": round(3600 * result.rendered / sum(spent.spent.values())),
            "peak_gib": peak_gib(),
            "peak_gpu_gib": round(torch.cuda.max_memory_allocated() / 2**30, 2),
            "layers": [
                {"layer": row["layer"], "seconds_a_filter": row["seconds_a_filter"]}
                for row in found
            ],
        },
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
