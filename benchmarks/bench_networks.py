"""An atlas of eleven networks that people use: two filters a layer, random weights.

What matters is that every layer of each is recorded and rendered, so a picture gets 16 steps of
``draft``'s 64 and one attempt; the seconds are told beside. Names given as arguments limit it to
those networks; rows measured before are kept.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path

from convatlas.opening.configuration import parse
from convatlas.pipeline import build
from convatlas.rendering.progress import lines
from convatlas.store.store import Store
from convatlas.work import Work
from machine import RESULTS, WORK, peak_gib, write

SIZES = {"inception_v3": 299}
NETWORKS = [
    "alexnet",
    "vgg16",
    "resnet34",
    "resnet50",
    "googlenet",
    "inception_v3",
    "densenet121",
    "mobilenet_v2",
    "efficientnet_b0",
    "convnext_tiny",
    "squeezenet1_1",
]


def atlas(name: str) -> str:
    """An atlas file of one network and 24 drawings."""
    size = SIZES.get(name, 224)
    start = ", init_weights: false" if name in ("googlenet", "inception_v3") else ""
    return f"""
models:
  - name: {name}
    source: torchvision/{name}
    weights: none
    arguments: {{num_classes: 10{start}}}
    filters: [0, 1]
    input: {{size: {size}, resize: {size}}}
images:
  - {{name: drawings, source: "convatlas.demo:pictures", arguments: {{count: 24}}}}
lenses:
  maximize: {{preset: draft, steps: 16, attempts: 1}}
"""


def one(name: str) -> dict:
    """Build one network's atlas from nothing."""
    folder = WORK / "networks"
    shutil.rmtree(folder, ignore_errors=True)
    started = time.monotonic()
    with Store(folder / "store") as store:
        configuration = parse(atlas(name), Path("atlas.yaml"), {})
        result = build(configuration, store, folder / "site", Work(), lines)
    (network,) = result.manifest["networks"]
    filters = [f for layer in network["layers"] for f in layer["filters"]]
    return {
        "network": name,
        "layers": len(network["layers"]),
        "reached": sum(layer["reached"] for layer in network["layers"]),
        "filters": len(filters),
        "pictures": sum(bool(f["maximize"] and f["maximize"]["positive"]) for f in filters),
        "failed": len(result.failures),
        "seconds": round(time.monotonic() - started, 1),
    }


def main(names: list[str]) -> None:
    """Build the named networks, one after the other; each row is written when it is there."""
    known = RESULTS / "networks.json"
    rows = json.loads(known.read_text())["networks"] if known.exists() else []
    for name in names or NETWORKS:
        rows = [row for row in rows if row["network"] != name] + [one(name)]
        rows.sort(key=lambda row: NETWORKS.index(row["network"]))
        write("networks", {"networks": rows, "peak_gib": peak_gib()})


if __name__ == "__main__":
    main(sys.argv[1:])
