"""Which class an edit draws images into, and when that looks like a shortcut.

A network has a shortcut if a mark stands for a class, because in training it lay on the pictures of
that class. The mark alone then moves the images of all other classes into it. Other edits do so
too, such as a high-pass, but by destroying the picture: what is left is taken for some class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convatlas.lenses.edits.records import Drawn
from convatlas.model.records import short

if TYPE_CHECKING:
    from torch import Tensor

STRONG = 0.6
"""From which strength on an edit is suspected; see ``strength``."""
KEPT = 0.8
"""The share of the class's own images that have to stay with it."""


def drawn(plain: Tensor, edited: Tensor) -> Drawn | None:
    """Return the class into which an edit moves the largest share of the images of all others.

    What an image is of is what the network takes it for as it is: labels may be missing or wrong.

    Args:
        plain: The logits of plain images [n, classes].
        edited: Those of the edited ones [n, classes].

    Returns:
        None if no image is moved; of classes that draw as much, the first.
    """
    before, after = plain.argmax(1), edited.argmax(1)
    shares = {
        into: float((after == into)[before != into].double().mean())
        for into in sorted(set(after[after != before].tolist()))
    }
    if not shares:
        return None
    into = max(shares, key=lambda each: shares[each])
    found: Drawn = {"into": into, "share": short(shares[into])}
    own = before == into
    if own.any():
        found["kept"] = short(float((after == into)[own].double().mean()))
    return found


def strength(found: Drawn, touched: float) -> float:
    """Return how strong a mark an edit is, 0 to 1: 1 moves all images, and changes no pixel.

    It is the share of the other images that it moves into one class, times the share of pixels that
    it leaves as they are: a mark leaves the picture whole, other edits destroy it.

    Args:
        found: What it draws.
        touched: The share of pixels that it changes.
    """
    return found["share"] * (1 - touched)


def suspected(found: Drawn, touched: float) -> bool:
    """Return whether an edit looks like a mark that stands for a class.

    It moves other images into the class, and leaves those of the class where they are.
    """
    return strength(found, touched) >= STRONG and found.get("kept", 1.0) >= KEPT
