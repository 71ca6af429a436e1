"""Edits in sentences.

A filter *answers to* an edit if its AUC between plain and edited images is at least 0.6, or at most
0.4, and *notices* it above 0.8, or below 0.2. It is *blind to* an edit if the AUC is within 0.05
of a half and its responses to plain and edited images correlate by at least 0.95.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from convatlas.lenses.edits.answers import Answer
from convatlas.lenses.edits.entries import EditedLayer, EditedNetwork
from convatlas.lenses.edits.records import NOTICES as NOTICES
from convatlas.ui.text import count, number, percent, plural

MOST = 2
"""Maximum number of edits that a filter is said to answer to, and to be blind to."""
APPARENT = 0.1
"""The share of other images from which on it is told which class they are moved into."""
HALF = 0.5
"""The share of a change that the first carriers have to undo to be trusted."""
OVER = 1.5
"""The share that they undo at most, to be trusted."""
WHOLE = (0.8, 1.2)
"""The least and the most that the shares of a layer add up to if all of a change passes it."""
BEYOND = "More than all means that filters that work against it were left as they are."
CAUTION = (
    "Less than half means that other filters do the same, so do not take these for all that is"
    " behind it."
)


def line(
    answered: Sequence[Answer], blind: Sequence[Answer], colour: float | None, root: str
) -> Markup:
    """Return what a filter notices, in one line; empty if nothing is known.

    Every filter has it, so that of all edits only the first is a link.

    Args:
        answered: the edits that it answers to, the clearest first.
        blind: the turns that change nothing for it.
        colour: the share of its response that is lost with the colours.
        root: leads from the page to the site's root.
    """
    shown = answered[:MOST]
    names = _names([*shown, *blind], root)
    told = [(Markup("{} {:.2f}").format(names[e.edit["name"]], e.auc), e.auc) for e in shown]
    parts = [
        _listed("answers to", [name for name, auc in told if auc > 0.5]),
        _listed("less to", [name for name, auc in told if auc < 0.5]),
        f"{count(len(answered) - MOST)} more" if len(answered) > MOST else "",
        f"colour {signed(colour)}" if colour is not None else "",
        _listed("blind to", [names[each.edit["name"]] for each in blind[:MOST]]),
        f"{count(len(blind) - MOST)} more" if len(blind) > MOST else "",
    ]
    whole = Markup("; ").join(part for part in parts if part)
    return Markup("{}{}.").format(whole[:1].upper(), whole[1:]) if whole else Markup("")


def _names(found: Sequence[Answer], root: str) -> dict[str, Markup]:
    """Return edits in words by name, the first one as a link to its page."""
    names = {each.edit["name"]: escape(words(each.edit["name"])) for each in found}
    for edit in [each.edit for each in found[:1]]:
        linked = Markup("<a href={}{}>{}</a>").format(root, edit["href"], names[edit["name"]])
        names[edit["name"]] = linked
    return names


def _listed(start: str, names: Sequence[Markup]) -> Markup:
    return Markup("{} {}").format(start, Markup(", ").join(names)) if names else Markup("")


def words(name: str) -> str:
    """Return an edit's name in words: "text line"."""
    return name.replace("-", " ")


def signed(value: float, digits: int = 2) -> str:
    """Return a number with a true minus sign, to so many decimals."""
    return f"{value:.{digits}f}".replace("-", "−")


def logit(value: float) -> str:
    """Return the change of a logit with its sign."""
    return f"{'+' if value > 0 else ''}{number(value, 2)}"


def name(title: str) -> str:
    """Return an edit's title as a heading."""
    return title[:1].upper() + title[1:]


def changed(seen: EditedNetwork) -> str:
    """Return a sentence on how many images are taken for another class; "" if none is known."""
    if "changed" not in seen:
        return ""
    images, share = seen["images"], seen["changed"]
    if not share:
        return f"None of {plural(images, 'image')} is taken for another class."
    told = f"Of {plural(images, 'image')}, {percent(share)} are taken for another class."
    if "accuracy" not in seen:
        return told
    right = seen["accuracy"]
    labelled = f"Of {count(right['images'])} with a label, {percent(right['plain'])}"
    return f"{told} {labelled} were recognised, now {percent(right['edited'])}."


def drawn(seen: EditedNetwork) -> str:
    """Return which class the edit moves other images into, and what that looks like; or ""."""
    if "drawn" not in seen or seen["drawn"]["share"] < APPARENT:
        return ""
    found = seen["drawn"]
    told = f"Of the images of other classes, it moves {percent(found['share'])} into"
    end = " while it leaves the picture whole: look whether such a mark stands for this class."
    return f"{told} {found['name']}{',' + end if found['suspected'] else '.'}"


def suspicion(seen: EditedNetwork) -> str:
    """Return which class an edit may be a mark for; "" if it does not look like one."""
    found = seen.get("drawn")
    return f"may stand for {found['name']}" if found and found["suspected"] else ""


def trust(seen: EditedNetwork) -> str:
    """Return sentences on how far to trust the shares of the carriers; "" without any."""
    if not seen["carriers"]:
        return ""
    told = (complete(seen["layers"]), undone(seen), together(seen), doubt(seen))
    return " ".join(sentence for sentence in told if sentence)


def undone(seen: EditedNetwork) -> str:
    """Return what really setting the first carriers back does; "" if that is not known."""
    if "set_back" not in seen or "undone" not in seen:
        return ""
    first, share = seen["set_back"], seen["undone"]
    which, they = ("first", "it is") if first == 1 else (f"first {first}", "they are")
    told = (
        f"Tested by really setting the {which} of these filters back to what {they} on the plain"
        " images, which undoes"
    )
    return f"{told} {part(share)} of the change."


def together(seen: EditedNetwork) -> str:
    """Return what the fewest filters of a layer do that explain most; "" if there are none."""
    if "together" not in seen:
        return ""
    told = seen["together"]
    alone = told["filters"] == 1
    which = "One filter" if alone else f"{count(told['filters'])} filters"
    does = ("explains", "it undoes") if alone else ("explain", "they undo")
    return (
        f"{which} of the layer {told['layer']} {does[0]} {part(told['explained'])}, fewer than of"
        f" any other layer; really set back, {does[1]} {part(told['undone'])}."
    )


def doubt(seen: EditedNetwork) -> str:
    """Return a caution where filters that were set back undo little, or far too much; else ""."""
    told = [seen["undone"]] if "undone" in seen else []
    told += [seen["together"]["undone"]] if "together" in seen else []
    if any(share < HALF for share in told):
        return CAUTION
    return BEYOND if any(share > OVER for share in told) else ""


def part(share: float) -> str:
    """Return a part of a change in percent; it may be above 100 or below 0."""
    return f"{number(100 * share, 2 if abs(share) < 1 else 3)}\u00a0%"


def complete(layers: Sequence[EditedLayer]) -> str:
    """Return a sentence on the layers that all of the change passes through; "" if unknown."""
    known = [layer["explained"] for layer in layers if "explained" in layer]
    if not known:
        return ""
    whole = sum(WHOLE[0] <= share <= WHOLE[1] for share in known)
    low, high = (number(100 * share) for share in WHOLE)
    which = f"{count(whole)} of {plural(len(known), 'layer')}"
    return (
        "A share is worked out to first order. Those of all filters of a layer come to the whole"
        f" change, within {low} to {high}\u00a0%, in {which}; of layers side by side, as of"
        " branches, each has a part of it."
    )
