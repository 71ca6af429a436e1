"""The demo's pictures: 24 classes of texture and shape, the same for a seed on every machine."""

from __future__ import annotations

import hashlib

from numpy.random import Generator, Philox
from PIL import Image

from convatlas.demo import figures, nature, textures
from convatlas.demo.canvas import lit

PAINTERS = {**textures.PAINTERS, **figures.PAINTERS, **nature.PAINTERS}

CLASSES: tuple[str, ...] = tuple(PAINTERS)
"""The classes' names; a class's place is the network's output for it."""


def draw(label: str, seed: int) -> Image.Image:
    """Picture number ``seed`` of a class, RGB, 96 pixels square.

    Every number comes from a counter-based generator keyed by label and seed, so that a picture
    does not depend on which others were drawn. Raises KeyError for a label not in ``CLASSES``.
    """
    key = hashlib.sha256(f"{label}/{seed}".encode()).digest()[:16]
    rng = Generator(Philox(key=int.from_bytes(key, "little")))
    return lit(rng, PAINTERS[label](rng))
