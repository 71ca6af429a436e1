"""The shape of what is kept of a probe's way through a network, and how to read it."""

from __future__ import annotations

from typing import TypedDict, cast

from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordOf

NAME = "probes"

PICTURE = "picture"
"""The role of the record that shows the probe itself, and what the network takes it for."""

MAPS = "maps"
"""The role of a layer's record; those of the methods bear the methods' names."""


class PredictionData(TypedDict):
    """What the network takes the probe for."""

    prediction: list[list[float]] | None
    """Pairs of a class's index and its share, from 0 to 1, in falling order; None where the output
    tells no classes."""


class TopFilter(TypedDict):
    """A filter that answers strongly to the probe."""

    index: int
    mean: float  # over its map
    highest: float
    position: list[int]  # row and column of the highest response


class MapsData(TypedDict):
    """What a layer answers; the picture "maps" shows the map of every filter, row by row."""

    means: list[float]  # of each filter's map
    highest: list[float]
    top: list[TopFilter]  # those with the highest means, in falling order
    columns: int  # maps in a row of the picture
    tile: list[int]  # height and width of a map in the picture, in pixels


class TracedData(TypedDict):
    """What one method traces back; the picture "tiles" shows a tile a filter, side by side."""

    filters: list[int]  # indices
    windows: list[list[int]]  # what each tile shows: left, top, width, height in input pixels
    tile: list[int]  # height and width of each, in pixels of the picture
    rectifiers: int  # before the layer; where there are none, all methods are the gradient


def read_probe(records: RecordIndex, probe: str) -> RecordOf[PredictionData] | None:
    """The probe itself, given by its name, as the network sees it; the picture is "picture"."""
    return cast("RecordOf[PredictionData] | None", _by_role(records, None, probe, PICTURE))


def read_maps(records: RecordIndex, layer: str, probe: str) -> RecordOf[MapsData] | None:
    """What a layer answers to a probe."""
    return cast("RecordOf[MapsData] | None", _by_role(records, layer, probe, MAPS))


def read_traced(
    records: RecordIndex, layer: str, probe: str, method: str
) -> RecordOf[TracedData] | None:
    """What a method traces back from the strongest filters of a layer."""
    return cast("RecordOf[TracedData] | None", _by_role(records, layer, probe, method))


def _by_role(records: RecordIndex, layer: str | None, probe: str, role: str) -> object:
    found = records.all(NAME, layer, probe)
    return next((record for request, record in found if request.role == role), None)
