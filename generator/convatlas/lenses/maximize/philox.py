"""Random numbers for batches of pictures, separate for each picture and the same on any device.

Philox4x32-10 by Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3" (SC
2011): a block of four words is a function of a key and a counter, so a number depends neither on
earlier numbers nor on the other pictures in a batch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import IntEnum

import torch
from torch import Tensor

WORD = 0xFFFFFFFF
FACTORS = (0xD2511F53, 0xCD9E8D57)
INCREMENTS = (0x9E3779B9, 0xBB67AE85)
ROUNDS = 10


class Stream(IntEnum):
    """The purpose of random numbers; numbers of different streams are independent."""

    START = 0
    MOVE = 1
    NOISE = 2


def words(keys: Sequence[str], device: torch.device | str = "cpu") -> Tensor:
    """Split hexadecimal record keys into the generator's keys [n, 2], of 32 bits each."""
    return torch.tensor([halves(key) for key in keys], dtype=torch.int64, device=device)


def halves(key: str) -> tuple[int, int]:
    """Return the two words of a hexadecimal record key."""
    return int(key[:8], 16), int(key[8:16], 16)


def uniform(keys: Tensor, stream: Stream, steps: Tensor, count: int) -> Tensor:
    """Return float32 numbers in [0, 1), [n, s, count], for keys [n, 2], steps [s] or [n, s]."""
    blocks = torch.arange(-(-count // 4), device=keys.device)
    made = philox(
        keys[:, None, None, 0],
        keys[:, None, None, 1],
        (blocks, steps.unsqueeze(-1), torch.full((), int(stream), device=keys.device)),
    )
    # The upper 24 bits, the precision of float32.
    values = torch.stack(made, dim=-1).flatten(2)[..., :count] >> 8
    return values.float() / 2**24


def normal(keys: Tensor, stream: Stream, steps: Tensor, count: int) -> Tensor:
    """Return float32 standard normal numbers [n, s, count], by Box and Muller (1958)."""
    half = -(-count // 2)
    draws = uniform(keys, stream, steps, 2 * half)
    radius, angle = draws[..., :half], draws[..., half:]
    radius = torch.sqrt(-2 * torch.log(1 - radius))
    angle = 2 * math.pi * angle
    return torch.cat([radius * torch.cos(angle), radius * torch.sin(angle)], dim=-1)[..., :count]


def philox(
    low: Tensor, high: Tensor, counter: tuple[Tensor, Tensor, Tensor]
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the four words (int64 from 0 to 2**32 - 1) for a key and a counter of three words.

    The fourth word of the counter is zero. All arguments are broadcast against each other.
    """
    first, second, third, fourth = *counter, torch.zeros_like(low)
    for _ in range(ROUNDS):
        top, bottom = _product(FACTORS[0], first)
        other_top, other_bottom = _product(FACTORS[1], third)
        first, second = other_top ^ second ^ low, other_bottom
        third, fourth = top ^ fourth ^ high, bottom
        low, high = (low + INCREMENTS[0]) & WORD, (high + INCREMENTS[1]) & WORD
    return first, second, third, fourth


def _product(factor: int, word: Tensor) -> tuple[Tensor, Tensor]:
    """Return the upper and lower 32 bits of a product of 32-bit words."""
    product = word * factor  # may overflow into the sign, which the masks remove
    return (product >> 32) & WORD, product & WORD
