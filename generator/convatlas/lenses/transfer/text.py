"""What another network answers to a picture, in words."""

from __future__ import annotations

from convatlas.lenses.transfer.entries import TransferEntry
from convatlas.ui.text import number, plural


def answer(entry: TransferEntry) -> str:
    """Return what the other network's filter does with the picture; it follows its name."""
    share, most = entry["percentile"], entry["at_most"]
    if share is None or most is None:
        return "gives no finite answer to this picture"
    images = plural(entry["images"], "image")
    of = f"a sample of {images}" if entry["sample"] else f"the {images}"
    if most == 0:
        return f"answers to this picture no more strongly than to any of {of}"
    return f"answers to this picture more strongly than to {_share(share, most)} of {of}"


def _share(least: float, most: float) -> str:
    """Return what is certain of a share above zero, given its bounds in percent."""
    if least == 100:
        return "any"
    if least == 0:
        return f"at most {most:g}\u00a0%"
    return f"{'' if least == most else 'at least '}{least:g}\u00a0%"


def correlation(entry: TransferEntry) -> str:
    """Return the correlation of the two filters, with two digits."""
    return number(entry["correlation"], 2)
