"""A lens's part of the manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from convatlas.model import records
from convatlas.model.manifest import File, Filter, Network
from convatlas.model.records import Picture
from convatlas.ui.network_results import NetworkResults

Place = Callable[[str, Picture], File]
"""Give a picture of a filter a file whose name has this stem, and return what is published."""

Entries = Callable[[int, Place], object]
"""Return what a lens says of the filter of this index: JSON data, or None."""


@dataclass(frozen=True)
class LayerResults:
    """What the entries of one layer's filters are made from."""

    network: NetworkResults
    layer: records.Layer
    image_names: Mapping[str, str]
    """By id, what an image is called: its id, or a number where its set is not published."""
    image_labels: Mapping[str, str | None]
    """The class of each image by its id."""
    href: Callable[[str, str, int], str]
    """The page of a filter (network, layer, index) from the site's root."""


class ShownImage(NamedTuple):
    """An image that a filter shows, and why."""

    image: str
    """Its id."""
    kind: Literal["top", "lowest", "range"]
    response: float
    drawn: bool
    """Whether it was drawn at random, and so is shown by every filter."""


class Section:
    """A lens's part of the manifest."""

    entry: type | None = None
    """The TypedDict of what it says of a filter; the manifest has it under the lens's name."""

    def entries(self, layer: LayerResults) -> Entries | None:
        """Return what makes the entry of each filter of a layer; None where there is nothing."""
        return None

    def health(self, layer: records.Layer, filters: Sequence[Filter]) -> Mapping[str, object]:
        """Return the fields of ``LayerHealth`` that this lens knows."""
        return {}

    def shown_images(self, filter: Filter) -> Iterator[ShownImage]:
        """Yield the images of its set that a filter's page shows."""
        return iter(())

    def atlas_entries(
        self, results: Sequence[NetworkResults], networks: Sequence[Network], files: dict[str, str]
    ) -> Mapping[str, object]:
        """Return what the lens says of the whole atlas, by the names that stand in the manifest.

        Args:
            networks: those of the manifest, in the order of ``results``.
            files: gets the path and the sha256 of each picture that is published for it.
        """
        return {}
