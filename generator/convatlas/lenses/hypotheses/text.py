"""Claims about filters, their verdicts and ranks, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from convatlas.lenses.hypotheses.entries import MeasuredClaim, MeasuredPicture
from convatlas.model import scores
from convatlas.ui.text import count, ordinal, percent, plural

KINDS = {"confirmed": "yes", "weak": "weak", "not confirmed": "no", None: "open"}
"""The CSS class of each verdict, in the order in which counts are listed."""
UNKNOWN = "not measured"
"""The text for a missing verdict."""
MANY = 9
"""Maximum number of pictures whose ranks are listed one by one; a folder may contain more."""


def verdict(claim: MeasuredClaim) -> str:
    """Return the verdict in one or two words."""
    return claim["verdict"] or UNKNOWN


def kind(claim: MeasuredClaim) -> str:
    """Return the CSS class of the verdict."""
    return KINDS[claim["verdict"]]


def why(claim: MeasuredClaim) -> str:
    """Return the reason for the verdict, in one or two sentences."""
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
    """Return a sentence on how often the filter ranks that high for arbitrary images."""
    known = claim["control"]
    if known is None:
        return "No image set was shown to the network, so there is nothing to compare with."
    limit = percent(scores.COMMON)
    return (
        f"{_first(known['top']).capitalize()} on {percent(known['share'])} of "
        f"{plural(known['images'], 'image')} (it has to be less than {limit})."
    )


def expected(claim: MeasuredClaim) -> str:
    """Return a sentence on whether the verdict is the expected one; "" if none was expected."""
    if claim["expect"] is None:
        return ""
    if claim["verdict"] is None:
        return f"Expected: {claim['expect']}."
    met = "as it is" if claim["expect"] == claim["verdict"] else "which it is not"
    return f"Expected: {claim['expect']}, {met}."


def tally(claims: Iterable[MeasuredClaim]) -> list[tuple[str, str]]:
    """Return the number of claims by verdict, as (CSS class, text), without zeros."""
    counts = Counter(claim["verdict"] for claim in claims)
    return [
        (kind, f"{count(counts[name])} {name or UNKNOWN}")
        for name, kind in KINDS.items()
        if counts[name]
    ]


def _first(top: int) -> str:
    """Return the required rank in words: "the first", "among the first 15"."""
    return "the first" if top == 1 else f"among the first {count(top)}"


def _ranks(pictures: Sequence[MeasuredPicture]) -> str:
    """Return the ranks in words: "3rd of 512", "1st and 4th of 512", "1st to 40th of 512"."""
    ranks = [picture["rank"] for picture in pictures]
    words = [ordinal(rank) for rank in ranks]
    listed = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
    if len(words) > MANY:
        listed = f"{ordinal(min(ranks))} to {ordinal(max(ranks))}"
    return f"{listed} of {plural(len(pictures[0]['means']), 'filter')}"
