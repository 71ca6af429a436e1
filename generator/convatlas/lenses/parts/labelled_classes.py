"""Which class of a network the label of an image is."""

from __future__ import annotations

from collections.abc import Sequence

from convatlas.model.facts import ImageFacts


def labelled_classes(
    images: Sequence[ImageFacts], names: Sequence[str], scores: int
) -> list[int | None]:
    """Return the class of the network that each image's label is; None if it is none.

    A label is the class of its name. Where that does not tell, its index counts if it has the
    same name, or if the set has as many classes as the network has scores.

    Args:
        images: The images of a set.
        names: The names of the network's classes, if known.
        scores: The number of the network's scores.
    """
    first = {name: index for index, name in reversed(list(enumerate(names)))}
    twice = {name for name in first if list(names).count(name) > 1} if names else set()
    complete = len({image.target for image in images if image.target is not None}) == scores

    def target(image: ImageFacts) -> int | None:
        index = image.target if image.target is not None and image.target < scores else None
        if index is not None and index < len(names) and names[index] == image.label:
            return index
        if image.label in first and image.label not in twice:
            return first[image.label]
        return index if complete else None

    return [target(image) for image in images]
