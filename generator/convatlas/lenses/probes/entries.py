"""What the manifest says of the probes, under the name "probes"."""

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
    """Whether the receptive field is visibly smaller, so that a frame is drawn around it."""


class StrongFilter(TypedDict):
    """One of the filters of a layer with the highest mean responses to the probe."""

    index: int
    mean: float
    """Of the responses at all positions."""
    highest: float
    """The response at ``position``."""
    position: list[int]
    """[row, column] of the highest response in the filter's map."""
    href: str | None
    """The filter's page, from the site's root; None if the atlas does not show the filter."""
    box: list[int]
    """[left, top, right, bottom] of what the position sees, in pixels of the input."""
    window: Window
    """What is shown of the probe for this filter."""


class FeatureMaps(TypedDict):
    """The feature maps of a layer in one picture, row by row in the order of the filters."""

    picture: File
    columns: int
    """Maps in a row."""
    tile: Size
    """[height, width] of a map, in pixels of the picture."""


class Traced(TypedDict):
    """What one attribution method says of the strongest filters: tiles in a row, one a filter."""

    picture: File
    tile: Size
    """[height, width] of a tile, in pixels of the picture."""
    filters: list[int]
    """The filters in the order of the tiles."""
    windows: list[list[int]]
    """[left, top, width, height] of what each tile shows of the input, in pixels."""


class ProbeLayer(TypedDict):
    """The responses of one layer to the probe."""

    name: str
    slug: str
    """The id of its part of the page."""
    href: str | None
    """The layer's page, from the site's root; None if the atlas does not show the layer."""
    filters: int
    map: Size
    means: list[float]
    """[filters], each filter's mean response."""
    highest: list[float]
    """[filters], each filter's highest response."""
    maps: FeatureMaps
    rectifiers: int | None
    """Rectifiers before the layer: with none the methods are all the same. None if unknown."""
    top: list[StrongFilter]
    """The strongest mean first."""
    methods: dict[str, Traced]
    """By method, of "deconvnet", "guided" and "gradient"."""


_Class = TypedDict("_Class", {"class": int})


class PredictedClass(_Class):
    """A class with the share that the network gives it; ``class`` is its index."""

    label: str | None
    share: float
    """0 to 1; the softmax of the network's output."""


_Start = TypedDict("_Start", {"from": Literal["peak", "map"]})


class SeenProbe(_Start):
    """A probe in one network; ``from`` says where the methods start."""

    network: str
    slug: str
    href: str
    """Its page, from the site's root."""
    picture: File | None
    """The probe as the network sees it, from the site's root; None if it is not rendered yet."""
    size: Size
    """[height, width] of the network's input, in pixels."""
    prediction: list[PredictedClass] | None
    """The first classes, the largest share first; None if the output is not one per class."""
    top: int
    """How many filters of a layer are looked at closely."""
    methods: list[str]
    """Those that were asked for."""
    asked: int
    """How many layers were asked for."""
    layers: list[ProbeLayer]
    """Those that are rendered, in execution order."""


class ProbeEntry(TypedDict):
    """A picture that is followed through the networks."""

    name: str
    slug: str
    href: str
    """Its page, from the site's root."""
    networks: list[SeenProbe]
    """In the order of the atlas file; at least one."""


def probes(manifest: Manifest) -> Sequence[ProbeEntry]:
    """Return the probes in the order of the atlas file."""
    return cast("Sequence[ProbeEntry] | None", atlas_entry(manifest, "probes")) or ()


def probes_by_network(manifest: Manifest) -> Mapping[str, Sequence[tuple[ProbeEntry, SeenProbe]]]:
    """Return what each network, by its name, sees of which probes, in their order."""
    seen: dict[str, list[tuple[ProbeEntry, SeenProbe]]] = {}
    for probe in probes(manifest):
        for each in probe["networks"]:
            seen.setdefault(each["network"], []).append((probe, each))
    return seen
