"""What scripts search: the words of all filters, packed into one file."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict, cast

from convatlas.model.manifest import Filter, Layer, Network, Note, Sprite
from convatlas.site import tables
from convatlas.ui.filter_layout import PAGE_EACH

_PICTURE = re.compile(r"(?P<start>-.+-)(?P<digest>[0-9a-f]+)(?P<end>\.\w+)")

DIGITS = "".join(chr(code) for code in range(33, 127) if chr(code) not in '"\\')
"""What numbers are written in: the letters that a string need not escape, but for the space."""

KEPT = {"labels", "ratios"}
"""What of a layer is there even if it is empty."""


class SearchPictures(TypedDict):
    """The files of the pictures that were made for a layer's filters: index, start, digest, end."""

    start: str
    end: str
    digests: str
    """Those of all filters in turn, each as long; full stops for filters without a picture."""
    sharp: bool
    """Whether their pixels are to be seen as squares."""


class SearchLayer(TypedDict):
    """A layer's filters, in their order. What is empty is left out, but for ``KEPT``."""

    name: str
    href: str
    indices: NotRequired[int | list[int]]
    """How many filters there are, where they are numbered from zero; else their indices."""
    labels: str
    """The filters' labels with spaces between: each is the number of a word; the best first."""
    ratios: str
    """One digit a filter: 45 + 10 log2(how far it stands out); the first digit where unknown."""
    dead: NotRequired[list[int]]
    """Places of dead filters."""
    notes: NotRequired[dict[str, list[str]]]
    """[name, remark] by the place of the filter."""
    hrefs: NotRequired[list[str]]
    """The filters' pages; left out if each is called as its index."""
    pictures: NotRequired[SearchPictures]
    """Left out where they are no files, or not named alike."""
    sheet: NotRequired[Sprite]
    """What results without a picture are cut from."""


class SearchNetwork(TypedDict):
    """A network with its layers."""

    name: str
    layers: list[SearchLayer]


class SearchIndex(TypedDict):
    """What scripts search."""

    digits: str
    """What numbers are written in, from zero."""
    width: int
    """Digits of the number of a word."""
    words: list[str]
    """All labels, sorted."""
    networks: list[SearchNetwork]


def search_index(networks: Sequence[Network], *, files: bool = True) -> SearchIndex:
    """Return what scripts search: networks with their layers, and the words that filters bear.

    Args:
        files: whether pictures are files; if they stand in pages, sprites alone show filters.
    """
    layers = [layer for network in networks for layer in network["layers"]]
    own = {layer["href"]: [labels(filter) for filter in layer["filters"]] for layer in layers}
    words = sorted({word for filters in own.values() for found in filters for word in found})
    width = max(math.ceil(math.log(max(len(words), 2), len(DIGITS))), 1)
    codes = {word: _digits(number, width) for number, word in enumerate(words)}
    return {
        "digits": DIGITS,
        "width": width,
        "words": words,
        "networks": [
            {
                "name": network["name"],
                "layers": [
                    _layer(layer, _coded(own[layer["href"]], codes), files)
                    for layer in network["layers"]
                ],
            }
            for network in networks
        ],
    }


def labels(filter: Filter) -> list[str]:
    """Return what excites a filter, the strongest first; a dead filter is excited by nothing."""
    if filter["dead"]:
        return []
    words = (word for table in tables.tables() for word in table.search_words(filter))
    return list(dict.fromkeys(words))


def _coded(filters: Sequence[Sequence[str]], codes: Mapping[str, str]) -> str:
    return " ".join("".join(codes[word] for word in words) for words in filters)


def _layer(layer: Layer, labels: str, files: bool) -> SearchLayer:
    filters = layer["filters"]
    pictures = _pictures(filters) if files else None
    found = {
        "name": layer["name"],
        "href": layer["href"],
        "indices": _indices(filters),
        "labels": labels,
        "ratios": "".join(_ratio(tables.search_weight(filter)) for filter in filters),
        "dead": [place for place, filter in enumerate(filters) if filter["dead"]],
        "notes": {
            str(place): _noted(note)
            for place, filter in enumerate(filters)
            if (note := filter["note"])
        },
        "hrefs": _hrefs(filters),
        "pictures": pictures,
        "sheet": _sheet(layer, pictured=pictures is not None),
    }
    kept = {key: value for key, value in found.items() if value or key in KEPT}
    return cast("SearchLayer", kept)


def _noted(note: Note) -> list[str]:
    """Return a note's name, and its remark in plain words."""
    return [note["name"] or "", note["text"]]


def _indices(filters: Sequence[Filter]) -> int | list[int]:
    numbers = [filter["index"] for filter in filters]
    return len(numbers) if numbers == list(range(len(numbers))) else numbers


def _hrefs(filters: Sequence[Filter]) -> list[str]:
    found = [filter["href"] for filter in filters]
    usual = [PAGE_EACH.address(filter["index"]) for filter in filters]
    return [] if found == usual else found


def _sheet(layer: Layer, *, pictured: bool) -> Sprite | None:
    """Return the first sprite that a layer has; not that of pictures which are files."""
    views = [
        table.view
        for table in tables.tables()
        if table.view and not (pictured and any(map(table.picture, layer["filters"])))
    ]
    views.sort(key=lambda view: view.place)
    return next((found for view in views if (found := layer["sprites"].get(view.sprite))), None)


def _pictures(filters: Sequence[Filter]) -> SearchPictures | None:
    """Return what the pictures' names share, and their digests in a row.

    None where the names do not fall into index, start, digest and end.
    """
    found = [_PICTURE.fullmatch(_file(filter)) for filter in filters]
    shares = {(name["start"], name["end"], len(name["digest"])) for name in found if name}
    if len(shares) != 1:
        return None
    [(start, end, length)] = shares
    return {
        "start": start,
        "end": end,
        "digests": "".join(name["digest"] if name else "." * length for name in found),
        "sharp": any(found.sharp for found in map(tables.picture, filters) if found),
    }


def _file(filter: Filter) -> str:
    """Return the file of the picture of a live filter without its index, or nothing."""
    picture = tables.picture(filter)
    name = picture.file if picture and not filter["dead"] else ""
    return name.removeprefix(str(filter["index"]))


def _ratio(weight: float | None) -> str:
    if not weight or weight <= 0:
        return DIGITS[0]
    return DIGITS[min(max(round(45 + 10 * math.log2(weight)), 1), len(DIGITS) - 1)]


def _digits(number: int, width: int) -> str:
    """Return a number in digits, the largest first."""
    found = ""
    for _ in range(width):
        number, rest = divmod(number, len(DIGITS))
        found = DIGITS[rest] + found
    return found
