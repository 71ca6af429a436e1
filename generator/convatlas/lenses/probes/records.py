"""The records of probes, and how to read them."""

from __future__ import annotations

from typing import Literal, TypedDict, cast

from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordOf

NAME = "probes"

PICTURE = "picture"
"""The role of the record with the probe itself and the network's prediction."""

MAPS = "maps"
"""The role of a layer's record; the roles of attributions are the methods' names."""


class PredictionData(TypedDict):
    """The network's prediction for the probe."""

    prediction: list[list[float]] | None
    """[class index, share from 0 to 1] in order of falling share; None if the output is not one
    value per class."""


class TopFilter(TypedDict):
    """A filter that responds strongly to the probe."""

    index: int
    mean: float  # over the filter's map
    highest: float
    position: list[int]  # row and column of the highest response


class MapsData(TypedDict):
    """The responses of a layer; the picture "maps" shows the map of each filter, row by row."""

    means: list[float]  # of each filter, over its map
    highest: list[float]
    top: list[TopFilter]  # the filters with the highest means, in falling order
    columns: int  # number of maps in a row of the picture
    tile: list[int]  # height and width of a map, in pixels of the picture


class TracedData(TypedDict):
    """The attributions by one method; the picture "tiles" has a tile for each filter in a row."""

    filters: list[int]  # indices
    windows: list[list[int]]  # each tile's left, top, width and height in pixels of the input
    tile: list[int]  # height and width of a tile, in pixels of the picture
    rectifiers: int  # number before the layer; without any, all methods equal the gradient


class Missed(TypedDict):
    """What every record of a layer says instead if the probe does not reach it."""

    reached: Literal[False]


def misses(records: RecordIndex, layer: str, probe: str) -> bool:
    """Return whether a probe is known not to reach a layer."""
    return any("reached" in record.data for _, record in records.all(NAME, layer, probe))


def read_probe(records: RecordIndex, probe: str) -> RecordOf[PredictionData] | None:
    """Return the prediction for a probe, with the probe as the network sees it as "picture"."""
    return cast("RecordOf[PredictionData] | None", _by_role(records, None, probe, PICTURE))


def read_maps(records: RecordIndex, layer: str, probe: str) -> RecordOf[MapsData] | None:
    """Return the responses of a layer to a probe."""
    return cast("RecordOf[MapsData] | None", _by_role(records, layer, probe, MAPS))


def read_traced(
    records: RecordIndex, layer: str, probe: str, method: str
) -> RecordOf[TracedData] | None:
    """Return the attributions of a layer's strongest filters by a method."""
    return cast("RecordOf[TracedData] | None", _by_role(records, layer, probe, method))


def _by_role(records: RecordIndex, layer: str | None, probe: str, role: str) -> object:
    found = records.all(NAME, layer, probe)
    own = (record for request, record in found if request.role == role)
    return next((record for record in own if "reached" not in record.data), None)
