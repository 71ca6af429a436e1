"""The search: one script file with the words of all filters, its page, and help with examples."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from convatlas.site.overviews import help_entries
from convatlas.ui.filter_layout import LAYOUTS, PAGE_EACH
from convatlas.ui.page import Page, Site, script
from convatlas.ui.thumbnails import Fact

_PICTURE = re.compile(r"(?P<start>-.+-)(?P<digest>[0-9a-f]+)(?P<end>\.\w+)")

INDEX = "search/index.js"
"""Where the index is, from the site's root."""

DIGITS = "".join(chr(code) for code in range(33, 127) if chr(code) not in '"\\')
"""What numbers are written in: the letters that a string need not escape, but for the space."""

VIEWS = ("made", "examples", "kernels")
"""The sprites that results are cut from; the first that a layer has."""


class Sought(NamedTuple):
    """What one can search this atlas for, by way of example: a filter, and what excites it."""

    layer: str
    number: int
    word: str | None


def search_pages(site: Site) -> Iterator[Page]:
    """The search page, the help that tells how to search, and the index that scripts read."""
    example = sought(site)
    yield site.page("search.html", "search/index.html", [site.top], sought=example)
    entries = help_entries(site.manifest)
    yield site.page("help.html", "help/index.html", [site.top], sought=example, entries=entries)
    yield script(INDEX, index(site.manifest))


def sought(site: Site) -> Sought | None:
    """The last filter with the label that excites most filters; None where there are none."""
    every = [
        Sought(layer["name"], filter["index"], next(iter(labels(filter)), None))
        for filter, layer, _ in site.tiles.filters.values()
    ]
    words = Counter(one.word for one in every if one.word)
    word = max(words, key=words.__getitem__, default=None)
    return next((one for one in reversed(every) if one.word == word), None)


def index(manifest: Fact) -> dict[str, Any]:
    """What scripts search: networks with their layers, and the ``words`` that filters bear.

    Each layer's ``labels`` are those of its filters in turn, with spaces between: a filter's own
    are numbers into ``words``, the strongest first, each of ``width`` digits of ``DIGITS``. Its
    ``ratios`` have one digit a filter, on a scale of tenths of powers of two; the first digit
    where there is none. Notes and dead filters are few, and told by position. How results look is
    told by ``pictures``, the made ones, and by a sprite ``sheet`` for those without.
    """
    layers = [layer for network in manifest["networks"] for layer in network["layers"]]
    words = sorted({word for layer in layers for own in layer["filters"] for word in labels(own)})
    width = max(math.ceil(math.log(max(len(words), 2), len(DIGITS))), 1)
    codes = {word: _digits(number, width) for number, word in enumerate(words)}
    files = LAYOUTS[manifest["filter_pages"]].has_picture_files
    return {
        "digits": DIGITS,
        "width": width,
        "words": words,
        "networks": [
            {
                "name": network["name"],
                "layers": [_layer(own, codes, files) for own in network["layers"]],
            }
            for network in manifest["networks"]
        ],
    }


def labels(filter: Fact) -> list[str]:
    """What excites a filter: the classes above all others, then what its strongest images are of.

    A dead filter is excited by nothing.
    """
    examples = filter["examples"]
    if examples is None or filter["dead"]:
        return []
    classes = [found["label"] for found in examples["classes"] or () if (found["gap"] or 0) > 0]
    return list(
        dict.fromkeys([*classes, *(top["label"] for top in examples["top"] if top["label"])])
    )


def _layer(layer: Fact, codes: Mapping[str, str], files: bool) -> dict[str, Any]:
    """One layer; without ``files``, where pictures stand inside of pages, sprites alone show it."""
    filters = layer["filters"]
    pictures = _pictures(filters) if files else {}
    views = VIEWS[1:] if pictures else VIEWS  # a sheet of what has no made picture
    found = {
        "name": layer["name"],
        "href": layer["href"],
        "indices": _indices(filters),
        "labels": " ".join("".join(codes[word] for word in labels(own)) for own in filters),
        "ratios": "".join(map(_ratio, filters)),
        "dead": [place for place, own in enumerate(filters) if own["dead"]],
        "notes": {
            str(place): _said(own["note"]) for place, own in enumerate(filters) if own["note"]
        },
        "hrefs": _hrefs(filters),
        "pictures": pictures,
        "sheet": next((layer["sprites"][view] for view in views if layer["sprites"].get(view)), 0),
    }
    return {key: value for key, value in found.items() if value or key in ("labels", "ratios")}


def _said(note: Fact) -> list[str]:
    """A note's name, and its remark in plain words."""
    return [note["name"] or "", note.get("text", note["remark"]) or ""]


def _indices(filters: Sequence[Fact]) -> int | list[int]:
    """How many filters there are, where they are numbered from zero; else their numbers."""
    numbers = [filter["index"] for filter in filters]
    return len(numbers) if numbers == list(range(len(numbers))) else numbers


def _hrefs(filters: Sequence[Fact]) -> list[str]:
    """The filters' addresses; none where each has a page that its number names."""
    found = [filter["href"] for filter in filters]
    usual = [PAGE_EACH.address(filter["index"]) for filter in filters]
    return [] if found == usual else found


def _pictures(filters: Sequence[Fact]) -> dict[str, Any]:
    """The files of the made pictures: what their names share, and the digests in a row.

    None where the names do not fall into index, start, digest, end; full stops where a filter has
    no picture. A digest has as many letters as there are for each filter.
    """
    found = [_PICTURE.fullmatch(_made(filter)) for filter in filters]
    shares = {(name["start"], name["end"], len(name["digest"])) for name in found if name}
    if len(shares) != 1:
        return {}
    [(start, end, length)] = shares
    digests = "".join(name["digest"] if name else "." * length for name in found)
    return {"start": start, "end": end, "digests": digests, "sharp": any(map(_sharp, filters))}


def _made(filter: Fact) -> str:
    found = (filter["maximize"] or {}).get("positive")
    name: str = found["picture"]["file"] if found and not filter["dead"] else ""
    return name.removeprefix(str(filter["index"]))


def _sharp(filter: Fact) -> bool:
    found = (filter["maximize"] or {}).get("positive")
    return found is not None and found["recipe"]["canvas"] == "pixels"


def _ratio(filter: Fact) -> str:
    """How far a filter's made picture excites it beyond all images, as a digit."""
    found = (filter["maximize"] or {}).get("positive")
    ratio = found and found["ratio"]
    if not ratio or ratio <= 0:
        return DIGITS[0]
    return DIGITS[min(max(round(45 + 10 * math.log2(ratio)), 1), len(DIGITS) - 1)]


def _digits(number: int, width: int) -> str:
    """A number in digits, the largest first."""
    found = ""
    for _ in range(width):
        number, rest = divmod(number, len(DIGITS))
        found = DIGITS[rest] + found
    return found
