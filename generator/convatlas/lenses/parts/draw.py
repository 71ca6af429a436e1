"""The sample of images that represents a set which is too large to be shown whole."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST = 2048
"""Maximum number of images in a sample; smaller sets are used whole.

Also the number of positions in a filter's sample of them, which may have up to twice as many."""

DRAWN = 3
"""Number of images of the sample that are shown for every filter, whatever its response."""


@dataclass(frozen=True)
class Draw:
    """The sample of an image set, the same for all filters of all networks that see the set.

    ``images`` are ascending indices into the set; ``shown`` are the positions in the sample of the
    images that are shown for every filter.
    """

    images: NDArray[np.int64]
    shown: NDArray[np.int64]
    seed: str

    @classmethod
    def of(cls, fingerprint: str, count: int) -> Draw:
        """Return the sample of a set of ``count`` images."""
        generator = _generator(fingerprint)
        images = np.sort(generator.permutation(count)[:MOST])
        shown = np.sort(generator.permutation(len(images))[:DRAWN])
        return cls(images, shown, fingerprint)

    def spots(self, area: int) -> NDArray[np.int64]:
        """Return random positions of a map for each image: flat indices [images, a few]."""
        each = -(-MOST // len(self.images))
        return _generator(f"{self.seed}/{area}").integers(area, size=(len(self.images), each))


def _generator(text: str) -> np.random.Generator:
    key = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "little")
    return np.random.Generator(np.random.Philox(key=key))
