"""An atlas of small networks in which every lens has something to show."""

from __future__ import annotations

from pathlib import Path

from convatlas.config.read import Configuration
from convatlas.opening.configuration import read
from support import nets

ATLAS = """
title: Every lens
models:
  - {name: open, source: "nets.py:small", images: shown, input: &input {size: 24, resize: 24},
     classes: &classes [most, more, odd, even]}
  - {name: closed, source: "nets.py:alike", images: secret, input: *input, classes: *classes}
images:
  - {name: shown, source: "folder:shown", credit: nobody}
  - {name: secret, source: "folder:secret", publish: crops, credit: nobody}
probes:
  - {name: first, image: "set:shown/even/picture 0.png", networks: [open], top: 2}
  - {name: second, image: "set:shown/odd/picture 1.png", networks: [open], top: 2}
hypotheses:
  - {filter: open/conv2/1, claim: noise, images: ["set:shown/even/picture 2.png"]}
  - {filter: open/conv1/0, claim: more, images: ["set:shown/odd/picture 3.png"]}
edits: [grey, mirror, border]
lenses:
  examples: {top: 3}
  attribution: {top: 2}
  effects: {prune: [0.2]}
  maximize: {steps: 4, size: 12, diversity: 2, attempts: 2, colours: shown}
"""


def every_lens(folder: Path) -> Configuration:
    """Write the atlas into a folder, and read it."""
    for name in ("shown", "secret"):
        nets.write_pictures(folder / name)
    (folder / "nets.py").write_text(Path(nets.__file__).read_text())
    (folder / "atlas.yaml").write_text(ATLAS)
    return read(folder / "atlas.yaml", {})
