"""The manifest's entries for probes, under the name "probes"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict, cast

from convatlas.model.manifest import File, Manifest, Size, atlas_entry


class Window(TypedDict):
    """A part of the probe, in pixels of the network's input."""

    left: int
    top: int
    width: int
    height: int
    framed: bool
    """Whether the receptive field is visibly smaller and therefore has a frame around it."""


class StrongFilter(TypedDict):
    """One of the filters of a layer with the highest mean responses to the probe."""

    index: int
    mean: float
    """The mean response over all positions."""
    highest: float
    """The response at ``position``."""
    position: list[int]
    """[row, column] of the highest response in the filter's map."""
    href: str | None
    """The filter's page, from the site's root; None if the atlas does not show the filter."""
    box: list[int]
    """[left, top, right, bottom] of the position's receptive field, in pixels of the input."""
    window: Window
    """The part of the probe that is shown for this filter."""


class FeatureMaps(TypedDict):
    """The feature maps of a layer in one picture, row by row, in the order of the filters."""

    picture: File
    columns: int
    """Number of maps in a row."""
    tile: Size
    """[height, width] of a map, in pixels of the picture."""


class Traced(TypedDict):
    """The attributions of the strongest filters by one method, as a row of tiles."""

    picture: File
    tile: Size
    """[height, width] of a tile, in pixels of the picture."""
    filters: list[int]
    """The filters' indices in the order of the tiles."""
    windows: list[list[int]]
    """[left, top, width, height] of each tile in the input, in pixels."""


class ProbeLayer(TypedDict):
    """The responses of one layer to the probe."""

    name: str
    slug: str
    """The id of the layer's part of the page."""
    href: str | None
    """The layer's page, from the site's root; None if the atlas does not show the layer."""
    filters: int
    map: Size
    means: list[float]
    """[filters] mean responses."""
    highest: list[float]
    """[filters] highest responses."""
    maps: FeatureMaps
    rectifiers: int | None
    """Number of rectifiers before the layer; without any, all methods are equal. None if unknown.
    """
    top: list[StrongFilter]
    """The strongest filters, in order of falling mean response."""
    methods: dict[str, Traced]
    """By method: "deconvnet", "guided" or "gradient"."""


_Class = TypedDict("_Class", {"class": int})


class PredictedClass(_Class):
    """A predicted class and its probability; ``class`` is its index."""

    label: str | None
    share: float
    """Softmax of the network's output, from 0 to 1."""


_Start = TypedDict("_Start", {"from": Literal["peak", "map"]})


class SeenProbe(_Start):
    """A probe in one network; ``from`` says where attribution starts."""

    network: str
    slug: str
    href: str
    """Its page, from the site's root."""
    picture: File | None
    """The probe as the network sees it, with its path from the site's root; None if it is not
    rendered yet."""
    size: Size
    """[height, width] of the network's input, in pixels."""
    prediction: list[PredictedClass] | None
    """The first classes in order of falling share; None if the output is not one value per class.
    """
    top: int
    """Number of filters of each layer that are traced back."""
    methods: list[str]
    """The requested attribution methods."""
    asked: int
    """Number of requested layers."""
    layers: list[ProbeLayer]
    """The rendered layers, in execution order."""
    missed: list[str]
    """The requested layers that the network does not reach with this picture."""


class ProbeEntry(TypedDict):
    """A picture that is followed through one or more networks."""

    name: str
    slug: str
    href: str
    """Its page, from the site's root."""
    networks: list[SeenProbe]
    """The probe in each network, in the order of the atlas file; at least one."""


def probes(manifest: Manifest) -> Sequence[ProbeEntry]:
    """Return the probes in the order of the atlas file."""
    return cast("Sequence[ProbeEntry] | None", atlas_entry(manifest, "probes")) or ()


def probes_by_network(manifest: Manifest) -> Mapping[str, Sequence[tuple[ProbeEntry, SeenProbe]]]:
    """Return the probes of each network, by the network's name, in the order of the atlas file."""
    seen: dict[str, list[tuple[ProbeEntry, SeenProbe]]] = {}
    for probe in probes(manifest):
        for each in probe["networks"]:
            seen.setdefault(each["network"], []).append((probe, each))
    return seen
