"""What the classes of a network are called, and where their pages are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from convatlas.lenses.effects.records import PredictionsData
from convatlas.ui.network_results import NetworkResults
from convatlas.ui.slugs import slugs


def class_names(results: NetworkResults, predictions: PredictionsData) -> dict[int, str]:
    """Return the names of all classes that occur, by index in rising order.

    These are the network's own, else the labels of the images; if two classes have the same name,
    it is followed by the index.
    """
    occurring = {*predictions["predicted"], *(n for n in predictions["target"] if n is not None)}
    known = results.network.classes
    labels = _labels(results, predictions["target"])
    names = {
        number: known[number] if number < len(known) else labels.get(number, f"class {number}")
        for number in sorted(occurring)
    }
    twice = Counter(known if known else names.values())
    return {n: f"{name} ({n})" if twice[name] > 1 else name for n, name in names.items()}


def _labels(results: NetworkResults, targets: Sequence[int | None]) -> dict[int, str]:
    images = results.images.images if results.images else ()
    pairs = zip(targets, images, strict=True)
    return {number: str(image.label) for number, image in pairs if number is not None}


def class_pages(folder: str, names: Mapping[int, str]) -> dict[int, str]:
    """Return the page of each class, from the site's root.

    Args:
        folder: The network's folder, without a slash.
        names: Names by index, all different.
    """
    files = slugs(list(names.values()), ("index",))
    return {number: f"{folder}/classes/{files[name]}.html" for number, name in names.items()}
