"""The search index: the words of all filters, packed into one file for scripts."""

from __future__ import annotations

import math
import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict, cast

from convatlas.model.manifest import Filter, Layer, Network, Note, Sprite
from convatlas.site import tables
from convatlas.ui.filter_layout import PAGE_EACH

_PICTURE = re.compile(r"(?P<start>-.+-)(?P<digest>[0-9a-f]+)(?P<end>\.\w+)")

_UNUSUAL = re.compile(r"[^A-Za-z0-9._@-]+")
"""What the page of a class has a hyphen for, unless pages would be mistaken for each other."""

DIGITS = "".join(chr(code) for code in range(33, 127) if chr(code) not in '"\\')
"""The digits of encoded numbers: ASCII that JSON does not escape, except the space."""

KEPT = {"labels", "ratios"}
"""The fields of a layer that are present even if empty."""


class SearchPictures(TypedDict):
    """The files of a layer's feature visualizations, named by index, start, digest and end."""

    start: str
    end: str
    digests: str
    """The digests of all filters, of equal length; full stops for filters without a picture."""
    sharp: bool
    """Whether they are scaled up without smoothing."""


class SearchLayer(TypedDict):
    """A layer's filters, in their order. Empty fields are omitted, except those in ``KEPT``."""

    name: str
    href: str
    indices: NotRequired[int | list[int]]
    """The number of filters if they are numbered from zero; otherwise their indices."""
    labels: str
    """The encoded labels of each filter, the strongest first; filters are separated by spaces."""
    ratios: str
    """One digit per filter: 45 + 10 log2(search weight); the first digit if unknown."""
    dead: NotRequired[list[int]]
    """Positions of the dead filters."""
    notes: NotRequired[dict[str, list[str]]]
    """[name, remark] by the position of the filter."""
    hrefs: NotRequired[list[str]]
    """The filters' pages; omitted if each is named after the filter's index."""
    pictures: NotRequired[SearchPictures]
    """Omitted if they are not files, or their names differ in more than index and digest."""
    sheet: NotRequired[Sprite]
    """The sprite for the thumbnails of results without a picture."""


class SearchClasses(TypedDict):
    """The classes of a network that have a page, in the order of their indices."""

    folder: str
    """The folder of their pages from the site's root, with a slash at its end."""
    names: str
    """The encoded names."""
    pages: NotRequired[dict[str, str]]
    """By position in ``names``, the pages whose names a script cannot tell from the class's."""


class SearchNetwork(TypedDict):
    """A network with its layers."""

    name: str
    classes: NotRequired[SearchClasses]
    layers: list[SearchLayer]


class SearchIndex(TypedDict):
    """The content of the search index."""

    digits: str
    """The digits that numbers are encoded with, from zero."""
    width: int
    """The number of digits that encode a word."""
    words: list[str]
    """All labels and the names of classes, sorted."""
    networks: list[SearchNetwork]
    pages: NotRequired[SearchClasses]
    """Further pages, by their names, like those of classes."""


def search_index(
    networks: Sequence[Network], pages: Mapping[str, str] | None = None, *, files: bool = True
) -> SearchIndex:
    """Return the search index of networks: their classes and layers, and the words of filters.

    Args:
        networks: the networks.
        pages: further pages that are found by their names; addresses from the site's root.
        files: whether pictures are files; if they are embedded in pages, results show only sprites.
    """
    layers = [layer for network in networks for layer in network["layers"]]
    own = {layer["href"]: [labels(filter) for filter in layer["filters"]] for layer in layers}
    named = {name for network in networks for name in network.get("class_pages", {})}
    named.update(pages or ())
    words = sorted(named.union(*(found for filters in own.values() for found in filters)))
    width = max(math.ceil(math.log(max(len(words), 2), len(DIGITS))), 1)
    codes = {word: _digits(number, width) for number, word in enumerate(words)}
    index: SearchIndex = {
        "digits": DIGITS,
        "width": width,
        "words": words,
        "networks": [_network(network, own, codes, files) for network in networks],
    }
    return {**index, "pages": _named(pages, codes)} if pages else index


def _network(
    network: Network,
    own: Mapping[str, Sequence[Sequence[str]]],
    codes: Mapping[str, str],
    files: bool,
) -> SearchNetwork:
    layers = [
        _layer(layer, _encoded(own[layer["href"]], codes), files) for layer in network["layers"]
    ]
    pages = network.get("class_pages")
    if not pages:
        return {"name": network["name"], "layers": layers}
    return {"name": network["name"], "classes": _named(pages, codes), "layers": layers}


def _named(pages: Mapping[str, str], codes: Mapping[str, str]) -> SearchClasses:
    folder = posixpath.commonpath([posixpath.dirname(page) for page in pages.values()]) + "/"
    told: SearchClasses = {"folder": folder, "names": "".join(codes[name] for name in pages)}
    other = {
        str(place): page.removeprefix(folder)
        for place, (name, page) in enumerate(pages.items())
        if page != f"{folder}{_UNUSUAL.sub('-', name)}.html"
    }
    return {**told, "pages": other} if other else told


def labels(filter: Filter) -> list[str]:
    """Return the labels that excite a filter, the strongest first; none for a dead filter."""
    if filter["dead"]:
        return []
    words = (word for table in tables.tables() for word in table.search_words(filter))
    return list(dict.fromkeys(words))


def _encoded(filters: Sequence[Sequence[str]], codes: Mapping[str, str]) -> str:
    return " ".join("".join(codes[word] for word in words) for words in filters)


def _layer(layer: Layer, labels: str, files: bool) -> SearchLayer:
    filters = layer["filters"]
    pictures = _pictures(filters) if files else None
    fields = {
        "name": layer["name"],
        "href": layer["href"],
        "indices": _indices(filters),
        "labels": labels,
        "ratios": "".join(_ratio(tables.search_weight(filter)) for filter in filters),
        "dead": [place for place, filter in enumerate(filters) if filter["dead"]],
        "notes": {
            str(place): _note(note)
            for place, filter in enumerate(filters)
            if (note := filter["note"])
        },
        "hrefs": _hrefs(filters),
        "pictures": pictures,
        "sheet": _sheet(layer, pictured=pictures is not None),
    }
    kept = {key: value for key, value in fields.items() if value or key in KEPT}
    return cast("SearchLayer", kept)


def _note(note: Note) -> list[str]:
    """Return a note's name, and its remark as plain text."""
    return [note["name"] or "", note["text"]]


def _indices(filters: Sequence[Filter]) -> int | list[int]:
    numbers = [filter["index"] for filter in filters]
    return len(numbers) if numbers == list(range(len(numbers))) else numbers


def _hrefs(filters: Sequence[Filter]) -> list[str]:
    hrefs = [filter["href"] for filter in filters]
    usual = [PAGE_EACH.address(filter["index"]) for filter in filters]
    return [] if hrefs == usual else hrefs


def _sheet(layer: Layer, *, pictured: bool) -> Sprite | None:
    """Return the first sprite of the layer, except that of pictures that are files."""
    views = [
        table.view
        for table in tables.tables()
        if table.view and not (pictured and any(map(table.picture, layer["filters"])))
    ]
    views.sort(key=lambda view: view.place)
    return next((found for view in views if (found := layer["sprites"].get(view.sprite))), None)


def _pictures(filters: Sequence[Filter]) -> SearchPictures | None:
    """Return what the pictures' names have in common, and their digests in a row.

    None if the names do not consist of an index, a common start, a digest and a common end.
    """
    names = [_PICTURE.fullmatch(_file(filter)) for filter in filters]
    shares = {(name["start"], name["end"], len(name["digest"])) for name in names if name}
    if len(shares) != 1:
        return None
    [(start, end, length)] = shares
    return {
        "start": start,
        "end": end,
        "digests": "".join(name["digest"] if name else "." * length for name in names),
        "sharp": any(picture.sharp for picture in map(tables.picture, filters) if picture),
    }


def _file(filter: Filter) -> str:
    """Return the name of a live filter's picture without its index, or ""."""
    picture = tables.picture(filter)
    name = picture.file if picture and not filter["dead"] else ""
    return name.removeprefix(str(filter["index"]))


def _ratio(weight: float | None) -> str:
    if not weight or weight <= 0:
        return DIGITS[0]
    return DIGITS[min(max(round(45 + 10 * math.log2(weight)), 1), len(DIGITS) - 1)]


def _digits(number: int, width: int) -> str:
    """Return a number in ``width`` digits, the most significant first."""
    text = ""
    for _ in range(width):
        number, rest = divmod(number, len(DIGITS))
        text = DIGITS[rest] + text
    return text
