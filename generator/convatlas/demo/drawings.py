"""Drawn pictures as a data set."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

from convatlas.demo.draw import CLASSES, draw

TRAINING = 1_000_000
"""Seeds below this one are for tests, seeds from this one on for training."""


class Drawings:
    """Pictures with their classes, one class after the other in turn; drawn when asked for."""

    def __init__(self, count: int, first: int = 0) -> None:
        """``count`` pictures, whose seeds start from ``first``."""
        self.count = count
        self.first = first
        self.classes = list(CLASSES)

    @property
    def fingerprint(self) -> str:
        """Changes whenever the pictures may: with the code here, and with the libraries it uses."""
        code = hashlib.sha256()
        for file in sorted(Path(__file__).parent.glob("*.py")):
            code.update(file.read_bytes())
        return f"{code.hexdigest()} {PIL.__version__} {np.__version__} {self.first} {self.count}"

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Image.Image, int]:
        """The picture and the index of its class. Raises IndexError past the end."""
        if not 0 <= index < self.count:
            raise IndexError(f"picture {index} of {self.count}")
        seed, target = divmod(index, len(self.classes))
        return draw(self.classes[target], self.first + seed), target
