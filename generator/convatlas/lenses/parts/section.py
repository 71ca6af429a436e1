"""A lens's part of the manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from convatlas.config.lens_options import LensOptions, Options, options_of
from convatlas.model import facts
from convatlas.model.manifest import File, Filter, Network
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Picture
from convatlas.ui.network_results import NetworkResults

Place = Callable[[str, Picture], File]
"""Give a picture of a filter a file whose name has this stem, and return what is published."""

Entries = Callable[[int, Place], object]
"""Return what a lens says of the filter of this index: a TypedDict, or None."""


@dataclass(frozen=True)
class LayerResults:
    """What the entries of one layer's filters are made from."""

    network: NetworkResults
    layer: facts.Layer
    lenses: Mapping[str, LensOptions]
    """The options of each lens that is on, by the lens's name."""
    image_names: Mapping[str, str]
    """By id, what an image is called: its id, or a number where its set is not published."""
    image_labels: Mapping[str, str | None]
    """The class of each image by its id."""
    href: Callable[[str, str, int], str]
    """The page of a filter (network, layer, index) from the site's root."""
    others: Sequence[NetworkResults] = ()
    """The atlas's other networks, in their order."""

    def options(self, kind: type[Options]) -> Options | None:
        """Return the options of the lens whose options are of this class; None if it is off."""
        return options_of(self.lenses, kind)

    @property
    def records(self) -> RecordIndex:
        """All records of the network."""
        return self.network.records


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
    layer_kind: type | None = None
    """The TypedDict of what it says of a layer, which is there under the same name."""
    in_atlas_json: bool = True
    """Whether ``atlas.json`` has that, too; not if it has a value for each filter."""

    def entries(self, layer: LayerResults) -> Entries | None:
        """Return what makes the entry of each filter of a layer; None if all have none."""
        return None

    def layer_entry(self, layer: LayerResults) -> object:
        """Return what the lens says of a layer as a whole; None if it says nothing."""
        return None

    def class_pages(self, network: NetworkResults, folder: str) -> Mapping[str, str]:
        """Return the pages of classes from the site's root, by the names of the classes.

        Args:
            network: What the network brings to the site.
            folder: The network's folder, without a slash.
        """
        return {}

    def photographs(self, records: RecordIndex) -> Iterator[tuple[str, Picture]]:
        """Yield the images of sets that are published, by id, as the network sees them."""
        return iter(())

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
