"""An atlas that names a file or folder of each kind, with a network that builds in a second."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from PIL import Image

from support.probing import noise

NETWORK = """
import torch
from torch import nn
from sibling import FILTERS

def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, FILTERS, 3), nn.ReLU(), nn.Conv2d(FILTERS, 2, 3))
"""
LOSS = """
from measure import GAIN

def total(output):
    return GAIN * output.mean((1, 2, 3))
"""
EDIT = """
from PIL import Image
from measure import GAIN

def fog(picture):
    return picture.point(lambda value: value // 2 + 20 * GAIN)
"""
DRAWN = """
from pathlib import Path

class Drawn:
    fingerprint = Path(__file__).with_name("version.txt").read_text()

    def __len__(self):
        return 2

    def __getitem__(self, index):
        from PIL import Image
        return Image.new("RGB", (16, 16), (90 * index, len(self.fingerprint), 0)), index

def drawn():
    return Drawn()
"""
ATLAS = """
title: An atlas of ${OWNER:-nobody}
models:
  - {name: net, source: "net.py:network", weights: w.pth, classes: classes.txt, input: {size: 16},
     images: photos}
images:
  - {name: photos, source: "folder:photos"}
  - {name: drawn, source: "drawn.py:drawn"}
lenses:
  examples: {top: 3}
  maximize: {size: 16, steps: 2, negative: false, second: false}
  effects: {target: "loss.py:total"}
probes: [{name: probe, image: probe.png, top: 1, methods: [gradient]}]
hypotheses: [{filter: net/0/1, claim: something, images: "folder:cases"}]
edits: ["edit.py:fog", mark.png]
notes: {net/0/1: {name: first, remark: "As [0](atlas:net/0/0)."}}
site:
  theme: theme
  logo: logo.png
  extra: [{title: Tour, file: pages/tour.md}]
  keep: [mine.txt]
"""


def write(folder: Path) -> None:
    """Write the atlas, and all that it names, into a folder."""
    for name in ("photos", "cases", "pages", "theme/templates", "theme/static"):
        (folder / name).mkdir(parents=True)
    for seed in range(6):
        noise(seed).save(folder / "photos" / f"{seed}.png")
    labels = {f"{seed}.png": "even" if seed % 2 == 0 else "odd" for seed in range(5)}
    (folder / "photos" / "labels.json").write_text(json.dumps(labels))
    noise(6).save(folder / "cases" / "case.png")
    noise(7).save(folder / "probe.png")
    Image.new("RGBA", (16, 16), (255, 0, 0, 90)).save(folder / "mark.png")
    for name in ("logo.png", "pages/shown.png"):
        Image.new("RGB", (32, 16)).save(folder / name)
    texts = {
        "atlas.yaml": ATLAS,
        "net.py": NETWORK,
        "sibling.py": "FILTERS = 3\n",
        "loss.py": LOSS,
        "measure.py": "GAIN = 3\n",
        "edit.py": EDIT,
        "drawn.py": DRAWN,
        "version.txt": "1",
        "classes.txt": "cat\ndog\n",
        "pages/tour.md": "![shown](shown.png) and [there](atlas:net/0).",
        "theme/static/own.css": "p {}",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    save_weights(folder)


def save_weights(folder: Path, value: float = 0.0) -> None:
    """Write a weights file; one of another value has the same size."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        layers = [torch.nn.Conv2d(3, 3, 3), torch.nn.ReLU(), torch.nn.Conv2d(3, 2, 3)]
        network = torch.nn.Sequential(*layers)
    with torch.no_grad():
        network[0].bias += value
    torch.save(network.state_dict(), folder / "w.pth")
