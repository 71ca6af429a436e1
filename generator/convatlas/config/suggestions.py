"""The names that somebody may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question with the nearest known names, or the known names where none is near.

    At most three near names are told, at most twelve known ones; nothing known: nothing said.
    """
    folded = {each.casefold(): each for each in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.6)
    if near:
        return "did you mean " + " or ".join(f"'{folded[each]}'" for each in near) + "?"
    if not folded:
        return "none is known"
    names = list(folded.values())
    shown = ", ".join(f"'{each}'" for each in names[:12])
    return f"known here: {shown}" + (f" and {len(names) - 12} more" if len(names) > 12 else "")
