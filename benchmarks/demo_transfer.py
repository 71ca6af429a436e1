"""Whether a second network sees in the demo's class pictures the class that they were made for.

The second network (``demo_judge.py``) is trained in some minutes where its weights are missing, or
anew with ``--train``. Pictures are as the product makes and publishes them, and are judged as
decoded.
"""

from __future__ import annotations

import json
import pkgutil
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
import yaml
from PIL import Image
from torch import Tensor, nn

import convatlas
from convatlas import demo
from convatlas.demo.draw import CLASSES
from convatlas.demo.fit import accuracy, prepared
from demo_judge import trained
from machine import RESULTS, ROOT, WORK, write

LAYER = "classes"
UNSEEN = 100
"""Drawings of each class that tell how often a network is right."""
TOP = 3
STANDARD = ('standard={"preset": "standard"}',)


def class_pictures(net: nn.Module, options: Mapping[str, Any]) -> Tensor:
    """The last layer's pictures [24, 3, 96, 96] as bytes, made with these options of the lens."""
    folder = WORK / "demo-transfer"
    shutil.rmtree(folder, ignore_errors=True)
    atlas = yaml.safe_load((ROOT / "atlas.yaml").read_text(encoding="utf-8"))
    atlas["models"][0]["layers"] = [LAYER]
    maximize = {**options, "negative": False, "second": False}
    lenses = {"kernels": False, "examples": {}, "maximize": maximize}
    atlas = {"models": atlas["models"], "images": atlas["images"], "lenses": lenses}
    convatlas.build(atlas, networks={"demo": net}, out=folder / "site", store=folder / "store")
    layer = convatlas.load(folder / "site").networks["demo"].layers[LAYER]
    pictures = [filter.maximize["positive"]["picture"] for filter in layer.filters.values()]
    files = [layer.folder / picture["file"] for picture in pictures]
    return torch.stack([shown(file) for file in files])


def shown(file: Path) -> Tensor:
    """A picture file as bytes [3, 96, 96], enlarged if it is smaller."""
    picture = Image.open(file).convert("RGB")
    if picture.size != (96, 96):
        picture = picture.resize((96, 96), Image.Resampling.BILINEAR)
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)


def ranks(net: nn.Module, pixels: Tensor) -> dict[str, int]:
    """The rank of each picture's own class among the network's scores, from 1."""
    with torch.inference_mode():
        scores = net(prepared(pixels))
    own = (scores >= scores.diag()[:, None]).sum(1).tolist()
    return dict(zip(CLASSES, own, strict=True))


def row(found: Mapping[str, int]) -> dict[str, Any]:
    """How many classes are named at once, and among the first three, and which are not."""
    return {
        "first": sum(rank == 1 for rank in found.values()),
        f"first_{TOP}": sum(rank <= TOP for rank in found.values()),
        "beyond": {name: rank for name, rank in found.items() if rank > TOP},
    }


@click.command(help=__doc__)
@click.option("--train", is_flag=True, help="Train the second network anew.")
@click.option("--recipe", "recipes", multiple=True, default=STANDARD, help="NAME=JSON, repeated.")
@click.option(
    "--network", "source", default="convatlas.demo:network", help="package.module:callable."
)
@click.option("--name", default="now", help="What the network is called in the results.")
def main(train: bool, recipes: Sequence[str], source: str, name: str) -> None:
    """Recipe by recipe; what was found of networks of other names is kept."""
    weights, file = WORK / "demo-judge.safetensors", RESULTS / "demo_transfer.json"
    if train:
        weights.unlink(missing_ok=True)
    judge, own = trained(weights), pkgutil.resolve_name(source)()
    found = {}
    for text in recipes:
        recipe, _, options = text.partition("=")
        pixels = class_pictures(own, json.loads(options))
        found[recipe] = {
            "options": json.loads(options),
            "judge": row(ranks(judge, pixels)),
            "itself": row(ranks(own, pixels)),
        }
    drawings = demo.pictures(UNSEEN * len(CLASSES))
    kept = json.loads(file.read_text())["networks"] if file.exists() else {}
    result = {"accuracy": round(accuracy(own, drawings), 4), "recipes": found}
    write(
        "demo_transfer",
        {
            "judge_accuracy": round(accuracy(judge, drawings), 4),
            "classes": len(CLASSES),
            "networks": {**kept, name: result},
        },
    )


if __name__ == "__main__":
    main()
