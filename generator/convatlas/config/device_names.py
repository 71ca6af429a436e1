"""The names of devices to render on."""

from __future__ import annotations

import re

NAMES = "auto, cpu, cuda, cuda:N (cuda:1 is the second) or mps"

_NAME = re.compile(r"auto|cpu|cuda(:\d+)?|mps")


def is_device(name: str) -> bool:
    """Return whether a text is the name of a device, whether or not it is there."""
    return bool(_NAME.fullmatch(name))
