"""What a command says in the end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Said:
    """What a command says, in both forms."""

    lines: str
    json: str
    failed: bool = False
    """Whether anything could not be rendered."""
    unmet: bool = False
    """Whether ``--strict`` is not content."""
