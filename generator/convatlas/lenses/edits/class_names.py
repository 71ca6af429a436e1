"""What the classes of a network are called."""

from __future__ import annotations

from convatlas.ui.network_results import NetworkResults


def class_name(results: NetworkResults, number: int) -> str:
    """Return the name of a class, given its index: the network's own, else the images' label."""
    names = results.network.classes
    if number < len(names):
        return names[number]
    images = results.images.images if results.images else ()
    labels = (str(image.label) for image in images if image.target == number)
    return next(labels, f"class {number}")
