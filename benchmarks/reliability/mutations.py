"""Changes to files: at random, and those that have gone wrong elsewhere."""

from __future__ import annotations

import random
from collections.abc import Callable

Change = Callable[[bytes, random.Random], bytes]


def flipped(data: bytes, chosen: random.Random) -> bytes:
    """Flip one to eight bits."""
    changed = bytearray(data)
    for _ in range(chosen.choice([1, 2, 8])):
        changed[chosen.randrange(len(changed))] ^= 1 << chosen.randrange(8)
    return bytes(changed)


def cut(data: bytes, chosen: random.Random) -> bytes:
    """Leave the end away."""
    return data[: chosen.randrange(len(data))]


def zeroed(data: bytes, chosen: random.Random) -> bytes:
    """Replace a part by zeros, as a disk does that was full."""
    start, length = chosen.randrange(len(data)), chosen.choice([1, 4, 64, 4096])
    return data[:start] + bytes(min(length, len(data) - start)) + data[start + length :]


def doubled(data: bytes, chosen: random.Random) -> bytes:
    """Write a part twice."""
    start = chosen.randrange(len(data))
    end = min(len(data), start + chosen.choice([1, 16, 256]))
    return data[:end] + data[start:]


def removed(data: bytes, chosen: random.Random) -> bytes:
    """Take a part out."""
    start = chosen.randrange(len(data))
    return data[:start] + data[start + chosen.choice([1, 2, 16, 256]) :]


def replaced(data: bytes, chosen: random.Random) -> bytes:
    """Replace a few bytes by such as sizes and counts overflow with."""
    start = chosen.randrange(len(data))
    new = chosen.choice([b"\xff" * 4, b"\x7f\xff\xff\xff", b"\xff" * 8, b"\0\0\0\x80", b"\xff\xff"])
    return data[:start] + new + data[start + len(new) :]


BYTES: tuple[Change, ...] = (flipped, cut, zeroed, doubled, removed, replaced)


def changed(data: bytes, chosen: random.Random, changes: tuple[Change, ...] = BYTES) -> bytes:
    """Change a file in one to three places."""
    for _ in range(chosen.choice([1, 1, 2, 3])):
        data = chosen.choice(changes)(data, chosen) if data else data
    return data
