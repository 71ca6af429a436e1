"""Suggest names that the user may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice

_MOST = 1000
"""How many names are compared; with more, comparing takes longer than finding the name."""
_LONGEST = 200


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a question with up to three similar names, or a list of the known names.

    The list is cut after twelve names; without any, the text says that none is known.
    """
    folded = {each.casefold(): each for each in known}
    compared = islice(folded, _MOST if len(name) <= _LONGEST else 0)
    near = difflib.get_close_matches(name.casefold(), compared, n=3, cutoff=0.6)
    if near:
        return "did you mean " + " or ".join(f"'{folded[each]}'" for each in near) + "?"
    if not folded:
        return "none is known"
    names = list(folded.values())
    shown = ", ".join(f"'{each}'" for each in names[:12])
    return f"known here: {shown}" + (f" and {len(names) - 12} more" if len(names) > 12 else "")
