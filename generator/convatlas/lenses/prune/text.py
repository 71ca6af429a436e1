"""The prune audit in sentences."""

from __future__ import annotations

from convatlas.lenses.prune.records import PruneData, TrialData
from convatlas.ui.text import number, percent, plural


def left(share: float | None) -> str:
    """Return what is left as "58.2 %"; a dash where it is not known."""
    return "–" if share is None else f"{number(100 * share)}\u00a0%"


def counted(audit: PruneData) -> str:
    """Return what counts, as a noun."""
    if audit["measure"] == "accuracy":
        return "accuracy"
    return "share of images whose prediction stays as it was"


def before(audit: PruneData) -> str:
    """Return a sentence on the network with nothing masked."""
    together = audit["together"]
    shown = plural(together["images"], "image")
    if audit["measure"] == "accuracy":
        return f"With nothing masked, the accuracy is {left(together['before'])} on {shown}."
    return (
        f"The images have no labels that are classes of the network, so what counts is on how many"
        f" of {shown} the masked network predicts the same class as the whole one."
    )


def alone(audit: PruneData) -> str:
    """Return a sentence on the trials of layers alone."""
    first = audit["alone"][0]
    shown = plural(first["images"], "image")
    if audit["measure"] == "accuracy":
        return f"On {shown}; with nothing masked, the accuracy is {left(first['before'])}."
    return f"On {shown}."


def layers(trial: TrialData) -> str:
    """Return the layers of a trial that is not the first of them, or ""."""
    others = trial["layers"][1:]
    return f"with {', '.join(others)}, tied to it by additions" if others else ""


def closing(name: str, audit: PruneData) -> str:
    """Return a line on a network for the end of a build."""
    together, share = audit["together"], audit["shares"][-1]
    told = [f"{left(together['importance'][-1])} by importance"]
    if together["norm"] is not None:
        told.append(f"{left(together['norm'][-1])} by L1 norm")
    told.append(f"{left(together['random'][-1])} at random")
    start = f"{name}: {audit['measure']} {left(together['before'])}"
    return f"{start}; with {percent(share)} of the filters masked {', '.join(told)}"
