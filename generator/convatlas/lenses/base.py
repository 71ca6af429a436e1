"""The base class of lenses, and what lenses are given to plan and render."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from convatlas.config.lens_options import LensOptions, Options, options_of
from convatlas.lenses.parts.changes import Changes
from convatlas.lenses.parts.overview import Overview
from convatlas.lenses.parts.reports import Reports
from convatlas.lenses.parts.section import Section
from convatlas.lenses.parts.sprite import SpriteView
from convatlas.lenses.parts.table import Table
from convatlas.lenses.parts.view import View
from convatlas.model.edits import EditFacts
from convatlas.model.facts import (
    Compared,
    ForeignPicture,
    FunctionFacts,
    Hypothesis,
    ImageSetFacts,
    Layer,
    NetworkFacts,
    Probe,
)
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Json, Record, RecordRequest, digest, plain

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from PIL import Image
    from torch import nn

    from convatlas.images.edits.edit import Edit

Shared = TypeVar("Shared")
Key = TypeVar("Key", bound=Hashable)

KEY_FORMAT = 1
"""A part of every record's key; raising it invalidates everything that was ever stored."""


@dataclass(frozen=True)
class PublishPolicy:
    """How much of an image set may be published."""

    publish: Literal["full", "crops", "none"] = "full"
    heatmaps: bool = True  # whether to show where in the images filters respond


@dataclass(frozen=True)
class PlanContext:
    """What lenses know about one network before it is opened: plain data, compared by value.

    The records that exist so far are not part of it; a ``RecordIndex`` has them.
    """

    network: NetworkFacts
    filters: Mapping[str, Sequence[int]] = field(hash=False)
    """Indices of the selected filters, by the name of each selected layer."""
    images: ImageSetFacts | None
    policy: PublishPolicy  # how much of the image set may be shown
    lenses: Mapping[str, LensOptions] = field(hash=False)
    """The options of each lens that is on, by the lens's name."""
    sets: Mapping[str, ImageSetFacts] = field(default_factory=dict, hash=False)
    """All image sets of the atlas, by name."""
    probes: Sequence[Probe] = ()
    hypotheses: Sequence[Hypothesis] = ()
    foreign: Sequence[ForeignPicture] = ()
    """Pictures of other networks that this one is shown; none before those are rendered."""
    functions: Mapping[str, FunctionFacts] = field(default_factory=dict, hash=False)
    """The user's functions that options of lenses name, by the text that names them."""
    comparisons: Sequence[Compared] = ()
    """The comparisons with other networks that this one takes part in."""
    edits: Sequence[EditFacts] = ()
    """The edits under which the images are shown again."""

    def options(self, kind: type[Options]) -> Options | None:
        """Return the options of the lens whose options are of this class; None if it is off."""
        return options_of(self.lenses, kind)

    def layers(self) -> Iterator[tuple[Layer, Sequence[int]]]:
        """Yield the selected layers in execution order, each with its selected filters."""
        for layer in self.network.layers:
            if layer.name in self.filters:
                yield layer, self.filters[layer.name]


@dataclass(frozen=True)
class RenderContext:
    """What a lens renders with: the opened network and images, and the device to work on."""

    plan: PlanContext
    module: nn.Module  # float32, eval mode, on the device
    device: torch.device
    pictures: Mapping[str, Callable[[int], Image.Image]]  # by image set: decodes its n-th image
    shown: Mapping[str, Callable[[], Image.Image]] = field(default_factory=dict)
    """By id, functions that decode the pictures of probes and hypotheses."""
    records: RecordIndex = field(default_factory=RecordIndex)
    """The existing records, including at least those of the lenses that the lens ``reads``."""
    functions: Mapping[str, Callable[[], Callable[..., object]]] = field(default_factory=dict)
    """By the text that names one of the user's functions, what imports it.

    That raises a ``RenderError`` if it cannot be imported, or is not what was planned with."""
    edits: Mapping[str, Callable[[], Edit]] = field(default_factory=dict)
    """By name, what opens an edit of ``plan.edits``, for pictures as the network sees them.

    Opening an edit of the user's own, or applying it, may raise a ``RenderError``."""
    stored: Mapping[str, bytes] = field(default_factory=dict)
    """By digest, the stored pictures that the requests are rendered from (``Lens.pictures``)."""
    _shared: dict[object, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def picture(self) -> Callable[[int], Image.Image] | None:
        """A function that decodes the n-th image of the network's image set; None without a set."""
        images = self.plan.images
        return self.pictures[images.name] if images else None

    def prepared(self, remembered: int) -> Callable[[str], NDArray[np.uint8]]:
        """Return a function from an image's id to the image as the network sees it.

        Args:
            remembered: the number of images that are cached.
        """
        from convatlas.network.preprocess import prepare

        images, picture = self.plan.images, self.picture
        assert images is not None
        assert picture is not None
        place = {image.id: index for index, image in enumerate(images.images)}

        @lru_cache(remembered)
        def pixels(image: str) -> NDArray[np.uint8]:
            return prepare(picture(place[image]), self.plan.network.preprocessing)

        return pixels

    def once(self, make: Callable[[RenderContext], Shared]) -> Shared:
        """Return ``make(self)``, which is called only once, so that pieces share the result."""
        if make not in self._shared:
            self._shared[make] = make(self)
        shared: Shared = self._shared[make]
        return shared

    def layer(self, name: str) -> Layer:
        """Return the layer of this name."""
        return next(layer for layer in self.plan.network.layers if layer.name == name)


Piece = Sequence[RecordRequest]
"""Requests of one lens that are rendered together, independently of other pieces."""

Batch = list[tuple[RecordRequest, Record]]
"""Records that are finished together and written in one transaction."""


@dataclass(frozen=True)
class Failed:
    """Requests that could not be rendered, and the reason in one sentence."""

    requests: Sequence[RecordRequest]
    reason: str


class Lens:
    """One way to look at filters.

    ``options`` is the class of its options in ``atlas.yaml``; a lens without options is always on.
    ``section``, ``view``, ``table`` and ``overview`` are what it adds to the site: its part of the
    manifest, of a filter's page, of a layer's page and the search, and of all other pages;
    ``sprite`` is what its tiles show, ``reports`` its part of what commands print, ``changes`` that
    of comparisons.
    """

    name: str
    version: int  # raised when the same options result in different records
    reads: Sequence[str] = ()  # names of the lenses whose records it reads during rendering
    seconds: float = 0.1  # rough time per record on two cores, for the estimates of ``plan``
    divisible: bool = False  # whether several workers may share a piece, cut anywhere
    options: type[LensOptions] | None = None
    section: Section = Section()
    sprite: SpriteView | None = None
    view: View = View()
    table: Table = Table()
    overview: Overview = Overview()
    reports: Reports = Reports()
    changes: Changes = Changes()

    def requests(self, context: PlanContext, records: RecordIndex) -> Iterable[RecordRequest]:
        """Return requests for all records that this lens needs, given the existing records.

        It is called again after each rendering and must repeat its earlier requests.
        """
        raise NotImplementedError

    def guess(self, context: PlanContext, requests: Sequence[RecordRequest]) -> float:
        """Return roughly how many seconds two cores take to render requests, for ``plan``."""
        return self.seconds * len(requests)

    def pictures(self, request: RecordRequest) -> Iterable[str]:
        """Return the digests of the stored pictures that a record is rendered from."""
        return ()

    def pieces(self, context: PlanContext, requests: Sequence[RecordRequest]) -> Iterator[Piece]:
        """Cut requests of this lens into pieces that can be rendered separately, in any order.

        By default all requests form one piece, which suits a lens that makes one pass over all
        images.
        """
        yield requests

    def batch(self, context: RenderContext, piece: Piece) -> int:
        """Return how many requests of a piece are rendered together, so as to cut it between."""
        return 1

    def one_thread(self, context: RenderContext, piece: Piece) -> bool:
        """Return whether a piece is rendered by one thread, so that several can be side by side."""
        return False

    def prepare(self, context: RenderContext) -> None:
        """Do once what all pieces share, before copies of this process are forked."""

    def render(self, context: RenderContext, requests: Piece) -> Iterator[Batch | Failed]:
        """Render a piece, or several combined pieces, in batches of any size and order.

        Requests that cannot be rendered are yielded as ``Failed``, and the others continue.

        Raises:
            RenderError: none of the remaining requests can be rendered.
        """
        raise NotImplementedError


def grouped(requests: Piece, by: Callable[[RecordRequest], Key]) -> dict[Key, list[RecordRequest]]:
    """Group requests; groups are in the order of their first requests."""
    groups: dict[Key, list[RecordRequest]] = {}
    for request in requests:
        groups.setdefault(by(request), []).append(request)
    return groups


def layer_of(request: RecordRequest) -> str:
    """Return the layer's name of a request that belongs to a layer."""
    return str(request.layer)


def shared_key(lens: Lens, **determinants: Json) -> str:
    """Return the part of a record's key that the filters of a layer have in common."""
    return digest(
        {"epoch": KEY_FORMAT, "lens": lens.name, "version": lens.version, "depends": determinants}
    )


def key(shared_key: str, item: int | str) -> str:
    """Return the key of one record, whose item is a filter or, for some lenses, something else."""
    return hashlib.sha256(f"{shared_key}/{item}".encode()).hexdigest()


def response_inputs(context: PlanContext, layer: Layer) -> Json:
    """Return what a response depends on: the layers before it, and the input's normalisation.

    If pictures have to be shown one at a time, the key differs from that of responses in batches.
    """
    preprocessing = context.network.preprocessing
    return {
        **({"single": True} if context.network.single else {}),
        "ancestors": layer.upstream_digest,
        "channels": preprocessing.channels,
        "mean": preprocessing.mean,
        "std": preprocessing.std,
    }


def preprocessing_json(context: PlanContext) -> Json:
    """Return the network's preprocessing as JSON data."""
    return plain(context.network.preprocessing)
