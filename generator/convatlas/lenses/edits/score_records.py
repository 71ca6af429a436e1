"""Make the record of what an edit does to the network as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from convatlas.lenses.edits.records import EditData, Scores, Target
from convatlas.lenses.edits.shortcuts import drawn
from convatlas.lenses.edits.targets import EditTarget
from convatlas.lenses.parts.spread import spread
from convatlas.model.records import short

EXAMPLES = 3
"""How many images are shown plain and edited."""


def scores(plain: Tensor, edited: Tensor, labels: Sequence[int | None]) -> Scores:
    """Return what an edit does to the scores of classes.

    Args:
        plain: The logits of plain images [n, classes].
        edited: Those of the edited ones [n, classes].
        labels: The class that each image's label is; None if it is none.
    """
    before, after = plain.argmax(1).tolist(), edited.argmax(1).tolist()
    changed = sum(first != second for first, second in zip(before, after, strict=True))
    data: Scores = {
        "changed": short(changed / len(before)),
        "labelled": sum(label is not None for label in labels),
        "logits": [round(each, 4) + 0.0 for each in changes(plain, edited).tolist()],
    }
    if found := drawn(plain, edited):
        data["drawn"] = found
    if data["labelled"]:
        data["accuracy"] = _accuracy(before, labels), _accuracy(after, labels)
    return data


def changes(plain: Tensor, edited: Tensor) -> Tensor:
    """Return the mean change of each class's logit, less the mean of these [classes]."""
    found = (edited.double() - plain.double()).mean(0)
    return found - found.mean()


def target_entry(target: EditTarget, plain: Tensor, edited: Tensor) -> Target:
    """Return what a target is, and its mean change over all images."""
    change = (target.value(edited.double()) - target.value(plain.double())).mean()
    return {
        "raised": target.raised,
        "lowered": target.lowered,
        "change": short(float(change)),
    }


def edit_data(
    images: Sequence[int], of: int, touched: Tensor, before: list[int], after: list[int]
) -> EditData:
    """Return the record of an edit without its scores.

    Args:
        images: The indices of the images that it was tried on.
        of: How many the set has.
        touched: The share of each one's pixels that the edit changes [n].
        before: The classes that these are taken for; none without scores.
        after: The same of the edited ones.
    """
    return {
        "images": len(images),
        "of": of,
        "touched": short(float(touched.double().mean())),
        "examples": [
            (images[n], before[n] if before else None, after[n] if after else None)
            for n in spread(len(images), EXAMPLES)
        ],
    }


def _accuracy(predicted: Sequence[int], labels: Sequence[int | None]) -> float:
    pairs = zip(predicted, labels, strict=True)
    right = [first == label for first, label in pairs if label is not None]
    return short(sum(right) / len(right))
