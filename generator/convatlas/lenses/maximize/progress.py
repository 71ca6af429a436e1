"""Whether pictures still improve."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

WINDOW = 16
"""Number of steps between checks of a picture's progress, and in each of the compared means."""


def settled(
    done: Sequence[int], steps: Tensor, values: Tensor, signs: Tensor, tolerance: float
) -> list[bool]:
    """Return whether each picture's mean value is hardly better than 32 steps earlier.

    Args:
        done: The number of each picture's steps so far.
        steps: The same on the device [n].
        values: The values of the objective before each step [n, steps].
        signs: 1 or -1 for each picture [n].
        tolerance: The least gain, as a share of the value.
    """
    looked = [count >= 4 * WINDOW and count % WINDOW == 0 for count in done]
    if not any(looked):
        return looked
    back = torch.arange(1, WINDOW + 1, device=steps.device)
    ends = steps.clamp_min(3 * WINDOW)[:, None] - back
    now, before = (values.gather(1, columns).mean(dim=1) for columns in (ends, ends - 2 * WINDOW))
    # Negated so that values that are not finite count as no gain.
    still = ~(signs * (now - before) > tolerance * now.abs())
    return [look and bool(one) for look, one in zip(looked, still.tolist(), strict=True)]
