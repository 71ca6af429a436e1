"""What the classes of a network are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from convatlas.ui.network_results import NetworkResults


def names_of_classes(
    results: NetworkResults, numbers: Iterable[int], targets: Sequence[int | None]
) -> dict[int, str]:
    """Return the names of classes by index, in rising order.

    These are the network's own, else the labels of the images; if two classes have the same name,
    it is followed by the index.

    Args:
        results: What is known of the network and its images.
        numbers: The indices of the classes.
        targets: The class that is the label of each image, as ``labelled_classes`` has it.
    """
    known = results.network.classes
    labels = _labels(results, targets)
    names = {
        number: known[number] if number < len(known) else labels.get(number, f"class {number}")
        for number in sorted(numbers)
    }
    twice = Counter(known if known else names.values())
    return {n: f"{name} ({n})" if twice[name] > 1 else name for n, name in names.items()}


def _labels(results: NetworkResults, targets: Sequence[int | None]) -> dict[int, str]:
    images = results.images.images if results.images else ()
    pairs = zip(targets, images, strict=True)
    return {number: str(image.label) for number, image in pairs if number is not None}
