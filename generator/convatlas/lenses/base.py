"""What a lens is, and what it is given."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from convatlas.config.lens_options import LensOptions, Options, options_of
from convatlas.lenses.parts.overview import Overview
from convatlas.lenses.parts.reports import Reports
from convatlas.lenses.parts.section import Section
from convatlas.lenses.parts.sprite import SpriteView
from convatlas.lenses.parts.table import Table
from convatlas.lenses.parts.view import View
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import (
    Hypothesis,
    ImageSetFacts,
    Json,
    Layer,
    NetworkFacts,
    Probe,
    Record,
    RecordRequest,
    digest,
    plain,
)

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from PIL import Image
    from torch import nn

Shared = TypeVar("Shared")
Key = TypeVar("Key", bound=Hashable)

KEY_FORMAT = 1
"""Stands in every record's key: raised when all that was ever stored has to be made anew."""


@dataclass(frozen=True)
class PublishPolicy:
    """What of an image set may leave the machine."""

    publish: Literal["full", "crops", "none"] = "full"
    heatmaps: bool = True  # where in the images filters respond


@dataclass(frozen=True)
class PlanContext:
    """What lenses may know of one network before it is opened: plain data, equal by value.

    What has been found of it so far is no part of it: that is a ``RecordIndex``.
    """

    network: NetworkFacts
    filters: Mapping[str, Sequence[int]] = field(hash=False)
    """The chosen filters of each chosen layer, by the layer's name."""
    images: ImageSetFacts | None
    policy: PublishPolicy  # what of the image set may be shown
    lenses: Mapping[str, LensOptions] = field(hash=False)
    """The options of each lens that is on, by the lens's name."""
    sets: Mapping[str, ImageSetFacts] = field(default_factory=dict, hash=False)
    """All image sets of the atlas, by name."""
    probes: Sequence[Probe] = ()
    hypotheses: Sequence[Hypothesis] = ()

    def options(self, kind: type[Options]) -> Options | None:
        """Return the options of the lens whose options are of this class; None if it is off."""
        return options_of(self.lenses, kind)

    def layers(self) -> Iterator[tuple[Layer, Sequence[int]]]:
        """The chosen layers in execution order, each with its chosen filters."""
        for layer in self.network.layers:
            if layer.name in self.filters:
                yield layer, self.filters[layer.name]


@dataclass(frozen=True)
class RenderContext:
    """What a lens renders with: the opened network and images, and the device to work on."""

    plan: PlanContext
    module: nn.Module  # float32, eval mode, on the device
    device: torch.device
    pictures: Mapping[str, Callable[[int], Image.Image]]  # each image set's n-th picture, decoded
    shown: Mapping[str, Callable[[], Image.Image]] = field(default_factory=dict)
    """The pictures of probes and hypotheses by their ids, decoded when they are called."""
    records: RecordIndex = field(default_factory=RecordIndex)
    """The records that are known already: at least those of the lenses that the lens reads."""
    _made: dict[object, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def picture(self) -> Callable[[int], Image.Image] | None:
        """The n-th picture of the network's own image set, decoded."""
        images = self.plan.images
        return self.pictures[images.name] if images else None

    def prepared(self, remembered: int) -> Callable[[str], NDArray[np.uint8]]:
        """The network's own images as it sees them, by their ids; so many are kept at hand."""
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
        if make not in self._made:
            self._made[make] = make(self)
        made: Shared = self._made[make]
        return made

    def layer(self, name: str) -> Layer:
        """The layer of a name."""
        return next(layer for layer in self.plan.network.layers if layer.name == name)


Piece = Sequence[RecordRequest]
"""Requests of one lens that are rendered together, independently of other pieces."""

Batch = list[tuple[RecordRequest, Record]]
"""Records that are finished together and written in one transaction."""


@dataclass(frozen=True)
class Failed:
    """Asks that could not be rendered, and why, in one sentence."""

    requests: Sequence[RecordRequest]
    reason: str


class Lens:
    """One way to look at filters.

    ``options`` is the class of its options in ``atlas.yaml``; a lens without is always on.
    ``section``, ``view``, ``table`` and ``overview`` are what it adds to the site: its part of the
    manifest, of a filter's page, of a layer's page and the search, and of all other pages;
    ``sprite`` is what its tiles show, ``reports`` its part of what commands print.
    """

    name: str
    version: int  # raised when the same options give other records
    reads: Sequence[str] = ()  # the names of the lenses whose records it reads while it renders
    seconds: float = 0.1  # about what a record takes on two cores, for the estimates of ``plan``
    options: type[LensOptions] | None = None
    section: Section = Section()
    sprite: SpriteView | None = None
    view: View = View()
    table: Table = Table()
    overview: Overview = Overview()
    reports: Reports = Reports()

    def requests(self, context: PlanContext, records: RecordIndex) -> Iterable[RecordRequest]:
        """All records that this lens wants for a network, given those found so far.

        Called again after each rendering; what it asked for before it asks for again.
        """
        raise NotImplementedError

    def pieces(self, context: PlanContext, requests: Sequence[RecordRequest]) -> Iterator[Piece]:
        """Cut requests of this lens into pieces that can be rendered separately, in any order.

        By default all requests are one piece, as for a lens that makes one pass over all images.
        """
        yield requests

    def render(self, context: RenderContext, requests: Piece) -> Iterator[Batch | Failed]:
        """Render a piece, or several that have been put together, in batches of any size and order.

        What cannot be rendered is yielded as failed; the rest goes on.

        Raises:
            RenderError: none of what remains can be rendered.
        """
        raise NotImplementedError


def grouped(requests: Piece, by: Callable[[RecordRequest], Key]) -> dict[Key, list[RecordRequest]]:
    """Group requests, in the order in which each group first occurs."""
    groups: dict[Key, list[RecordRequest]] = {}
    for request in requests:
        groups.setdefault(by(request), []).append(request)
    return groups


def layer_of(request: RecordRequest) -> str:
    """Return the layer of a request that belongs to one."""
    return str(request.layer)


def shared_key(lens: Lens, **determinants: Json) -> str:
    """The part of a key that the filters of a layer have in common."""
    return digest(
        {"epoch": KEY_FORMAT, "lens": lens.name, "version": lens.version, "depends": determinants}
    )


def key(shared_key: str, item: int | str) -> str:
    """The key of one record: of a filter, or of whatever else the lens makes records of."""
    return hashlib.sha256(f"{shared_key}/{item}".encode()).hexdigest()


def response_inputs(context: PlanContext, layer: Layer) -> Json:
    """What a response depends on: the layer's ancestors and the preprocessing's colours."""
    preprocessing = context.network.preprocessing
    return {
        "ancestors": layer.upstream_digest,
        "channels": preprocessing.channels,
        "mean": preprocessing.mean,
        "std": preprocessing.std,
    }


def preprocessing_json(context: PlanContext) -> Json:
    """How pictures of the image set become inputs, as JSON data."""
    return plain(context.network.preprocessing)
