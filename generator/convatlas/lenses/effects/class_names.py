"""What the classes of a network are called, and where their pages are."""

from __future__ import annotations

from collections.abc import Mapping

from convatlas.lenses.effects.records import PredictionsData
from convatlas.lenses.parts.class_names import names_of_classes
from convatlas.ui.network_results import NetworkResults
from convatlas.ui.slugs import slugs


def class_names(results: NetworkResults, predictions: PredictionsData) -> dict[int, str]:
    """Return the names of all classes that occur, by index in rising order.

    They are named by ``names_of_classes``.
    """
    occurring = {*predictions["predicted"], *(n for n in predictions["target"] if n is not None)}
    return names_of_classes(results, occurring, predictions["target"])


def class_pages(folder: str, names: Mapping[int, str]) -> dict[int, str]:
    """Return the page of each class, from the site's root.

    Args:
        folder: The network's folder, without a slash.
        names: Names by index, all different.
    """
    files = slugs(list(names.values()), ("index",))
    return {number: f"{folder}/classes/{files[name]}.html" for number, name in names.items()}
