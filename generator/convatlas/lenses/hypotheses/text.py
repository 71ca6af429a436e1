"""What claims about filters came to, and ranks, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from convatlas.lenses.hypotheses.entries import MeasuredClaim, MeasuredPicture
from convatlas.model import scores
from convatlas.ui.text import count, ordinal, percent, plural

KINDS = {"confirmed": "yes", "weak": "weak", "not confirmed": "no", None: "open"}
"""The class of the style sheet for each verdict, in the order in which verdicts are counted."""
UNKNOWN = "not measured"
"""What is said instead of a verdict where there is none."""
MANY = 9
"""Of more pictures than this, as a folder may hold, not every rank is told in words."""


def verdict(claim: MeasuredClaim) -> str:
    """The verdict in a word or two."""
    return claim["verdict"] or UNKNOWN


def kind(claim: MeasuredClaim) -> str:
    """The verdict as the name of a class of the style sheet."""
    return KINDS[claim["verdict"]]


def why(claim: MeasuredClaim) -> str:
    """Why the verdict is what it is, in a sentence or two."""
    pictures, top = claim["pictures"], claim["top"]
    if claim["verdict"] is None:
        return f"{'Not all' if pictures else 'None'} of its pictures are measured yet."
    ranks = _ranks(pictures)
    if claim["verdict"] == "not confirmed":
        missed, all_of = sum(not picture["held"] for picture in pictures), len(pictures)
        where = "" if missed == all_of else f" for {missed} of {plural(all_of, 'picture')}"
        return f"It is {ranks}, which is not {_first(top)}{where}."
    held = f"It is {ranks}" if top == 1 else f"It is {ranks}, within the first {count(top)}"
    if claim["verdict"] == "confirmed":
        return f"{held}, and seldom so high for other images."
    if claim["control"] is None:
        return f"{held}; but no images tell how often it is so high anyway."
    return f"{held}; but so it is for many other images."


def control(claim: MeasuredClaim) -> str:
    """How often the filter stands that high anyway, in a sentence; empty where nobody knows."""
    known = claim["control"]
    if known is None:
        return "No image set was shown to the network, so there is nothing to compare with."
    limit = percent(scores.COMMON)
    return (
        f"{_first(known['top']).capitalize()} on {percent(known['share'])} of "
        f"{plural(known['images'], 'image')} (it has to be less than {limit})."
    )


def expected(claim: MeasuredClaim) -> str:
    """Whether the verdict is the one that was expected; empty where none was."""
    if claim["expect"] is None:
        return ""
    if claim["verdict"] is None:
        return f"Expected: {claim['expect']}."
    met = "as it is" if claim["expect"] == claim["verdict"] else "which it is not"
    return f"Expected: {claim['expect']}, {met}."


def tally(claims: Iterable[MeasuredClaim]) -> list[tuple[str, str]]:
    """How many claims have each verdict, as (class, text), for those that any has."""
    counts = Counter(claim["verdict"] for claim in claims)
    return [
        (kind, f"{count(counts[name])} {name or UNKNOWN}")
        for name, kind in KINDS.items()
        if counts[name]
    ]


def _first(top: int) -> str:
    """The rank that is asked for: "the first", "among the first 15"."""
    return "the first" if top == 1 else f"among the first {count(top)}"


def _ranks(pictures: Sequence[MeasuredPicture]) -> str:
    """Its ranks for the pictures: "3rd of 512", "1st, 4th and 2nd of 512", "1st to 40th of 512"."""
    ranks = [picture["rank"] for picture in pictures]
    told = [ordinal(rank) for rank in ranks]
    listed = told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
    if len(told) > MANY:
        listed = f"{ordinal(min(ranks))} to {ordinal(max(ranks))}"
    return f"{listed} of {plural(len(pictures[0]['means']), 'filter')}"
