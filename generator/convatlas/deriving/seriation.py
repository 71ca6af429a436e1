"""An order of things in which those that are alike stand next to each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SWEEPS = 8
"""Rounds of mending at most; each that follows gains less."""

LEAST = 1e-9
"""What turning has to gain: less may be rounding, and go on for ever."""

Floats = NDArray[np.float64]


def seriate(similarity: Floats) -> list[int]:
    """Return a path through all of a symmetric matrix [n, n], on which neighbours are much alike.

    From a thing that is like few others the path goes on to the most alike of those left; then
    stretches of it are turned round while that brings more alike things together (2-opt, Croes
    1958). Among equals the first is taken, so the order is a function of the matrix alone.
    """
    if len(similarity) < 3:
        return list(range(len(similarity)))
    path = _greedy(similarity)
    for _ in range(SWEEPS):
        if not _mended(similarity, path):
            break
    return [int(place) for place in path]


def _greedy(similarity: Floats) -> NDArray[np.intp]:
    others = similarity - np.diag(np.full(len(similarity), np.inf))
    place = int(np.argmin(others.max(axis=1)))
    path = [place]
    visited = np.zeros(len(similarity))
    for _ in range(len(similarity) - 1):
        visited[place] = np.inf
        place = int(np.argmax(similarity[place] - visited))
        path.append(place)
    return np.array(path)


def _mended(similarity: Floats, path: NDArray[np.intp]) -> bool:
    """Turn stretches of the path round, in place, where that gains; whether any did.

    Turning what stands at i + 1 to j joins i with j, and i + 1 with j + 1.
    """
    turned = _begun_elsewhere(similarity, path)
    links = similarity[path[:-1], path[1:]]
    for i in range(len(path) - 2):
        here, there = similarity[path[i]], similarity[path[i + 1]]
        gain = here[path[i + 2 :]] - links[i]
        gain[:-1] += there[path[i + 3 :]] - links[i + 2 :]
        best = int(np.argmax(gain))
        if gain[best] > LEAST:
            stretch = slice(i + 1, i + 3 + best)
            path[stretch] = path[stretch][::-1].copy()
            links = similarity[path[:-1], path[1:]]
            turned = True
    return turned


def _begun_elsewhere(similarity: Floats, path: NDArray[np.intp]) -> bool:
    """Turn the beginning of the path round, up to where that gains most; whether it does."""
    gain = similarity[path[0], path[2:]] - similarity[path[1:-1], path[2:]]
    best = int(np.argmax(gain))
    if gain[best] <= LEAST:
        return False
    path[: best + 2] = path[: best + 2][::-1].copy()
    return True
