"""Generated pictures by digest, for manifests that no build made."""

from __future__ import annotations

import hashlib
import io
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


class Pictures:
    """Generated pictures by digest; ``place`` gives one a name in the site."""

    def __init__(self, variety: int) -> None:
        self.variety = variety
        self.bytes: dict[str, bytes] = {}
        self.files: dict[str, str] = {}
        self._made: dict[tuple[int, int, int], str] = {}

    def place(self, folder: str, stem: str, width: int, height: int, seed: int) -> dict[str, Any]:
        """A picture below ``folder``; its file is relative to it."""
        digest = self._picture(width, height, seed % self.variety)
        name = f"{stem}-{digest[:8]}.webp"
        self.files[folder + name] = digest
        return {"file": name, "width": width, "height": height}

    def store(self, folder: str, stem: str, pixels: NDArray[np.uint8]) -> dict[str, Any]:
        """A picture of these pixels [h, w, 3] below ``folder``, as ``place`` gives it."""
        digest = self._keep(_webp(pixels))
        name = f"{stem}-{digest[:8]}.webp"
        self.files[folder + name] = digest
        return {"file": name, "width": pixels.shape[1], "height": pixels.shape[0]}

    def pixels(self, width: int, height: int, seed: int) -> NDArray[np.uint8]:
        """The pixels of the picture that ``place`` makes of a seed."""
        return _grating(width, height, seed % self.variety)

    def _picture(self, width: int, height: int, seed: int) -> str:
        key = (width, height, seed)
        if key not in self._made:
            self._made[key] = self._keep(_encoded_grating(width, height, seed))
        return self._made[key]

    def _keep(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        self.bytes[digest] = data
        return digest


@cache
def _encoded_grating(width: int, height: int, seed: int) -> bytes:
    """The file of a grating, which many manifests have."""
    return _webp(_grating(width, height, seed))


def _grating(width: int, height: int, seed: int) -> NDArray[np.uint8]:
    """A coloured grating with some noise: pixels [h, w, 3]."""
    noise = np.random.Generator(np.random.Philox(seed)).random((height, width, 3))
    y, x = np.mgrid[0:height, 0:width]
    angle = seed * 0.7
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 24 / max(width, height))
    tint = 0.5 + 0.4 * np.cos(seed + np.arange(3) * 2.1)
    values = 0.5 + 0.4 * wave[..., None] * tint + 0.1 * (noise - 0.5)
    return (values.clip(0, 1) * 255).astype(np.uint8)


def _webp(pixels: NDArray[np.uint8]) -> bytes:
    """A WebP file, without loss where the picture is small."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", lossless=pixels.size <= 3 * 64 * 64, quality=75)
    return file.getvalue()
