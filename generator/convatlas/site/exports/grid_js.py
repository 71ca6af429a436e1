"""A layer's filters for scripts: by what they can be sorted and chosen, in ``wall.js``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from convatlas.lenses.examples.health import ALWAYS
from convatlas.model.records import Json
from convatlas.ui.thumbnails import Fact, made_for

SORTS = {
    "highest": "highest response",
    "ratio": "ratio",
    "selectivity": "selectivity",
    "share": "share above zero",
    "similarity": "similarity",
}
"""The orders of a wall beside that of the indices, with their names."""

VIEWS = {"made": "maximised", "examples": "examples", "kernels": "kernels"}
"""What tiles may show, with its name."""

STATES = {
    "alive": "alive",
    "dead": "dead",
    "never": "never above zero",
    "always": "always on",
    "failed": "picture fails",
}
"""The states of filters. One filter may have several."""

SHARES = (
    ("0-1", "up to 1 %"),
    ("1-10", "1 to 10 %"),
    ("10-50", "10 to 50 %"),
    ("50-100", "more"),
)
"""Ranges of the share of positions above zero, in percent; the first alone has its lower end."""

HUES = ("red", "orange", "yellow", "green", "cyan", "blue", "violet", "pink")
"""Names of eighths of the circle of hues, the first around 0 degrees."""


@dataclass(frozen=True)
class Facet:
    """One way to choose filters: pairs of value and name, and how many filters each chooses."""

    name: str
    title: str
    choices: Sequence[tuple[str, str, int]]


def wall(layer: Fact) -> Json:
    """What ``wall.js`` holds: arrays with one entry a filter, in the order of the layer's filters.

    ``made`` are the files of the made pictures (0: none), ``states`` the names of its states,
    ``labels`` places in ``classes`` (-1: none), ``keys`` the numbers to sort by (null: unknown).
    What is the same for all, or as one expects, is left out: ``names`` and ``hrefs``.
    """
    filters = layer["filters"]
    classes = sorted({label for label in map(_label, filters) if label is not None})
    places = {label: place for place, label in enumerate(classes)}
    names = [(found["note"] or {}).get("name") or "" for found in filters]
    told = {
        "name": layer["name"],
        "indices": [found["index"] for found in filters],
        "made": [_file(found) for found in filters],
        "side": next((_side(found) for found in filters if made_for(found)), [0, 0]),
        "sharp": any(_sharp(found) for found in filters),
        "sprites": layer["sprites"],
        "states": [" ".join(states(layer, found)) for found in filters],
        "classes": classes,
        "labels": [places.get(_label(found) or "", -1) for found in filters],
        "hues": [hue(found) for found in filters],
        "keys": _keys(layer),
    }
    if any(names):
        told["names"] = names
    if any(found["href"] != f"{found['index']}.html" for found in filters):
        told["hrefs"] = [found["href"] for found in filters]
    return told


def _file(found: Fact) -> str | int:
    """The picture made for a filter; 0 where there is none, or it is dead."""
    return 0 if found["dead"] or not made_for(found) else _made(found)["picture"]["file"] or 0


def views(layer: Fact) -> list[tuple[str, str]]:
    """What the tiles of a layer can show, with its name; nothing where there is no choice.

    The first is what the page shows by itself; its value is "made", whatever it is.
    """
    filters = layer["filters"]
    others = [view for view in ("examples", "kernels") if layer["sprites"].get(view)]
    first = "made"
    if not any(made_for(found) for found in filters):
        drawn = any(found["kernels"] and found["kernels"]["mode"] != "slices" for found in filters)
        first = "kernels" if drawn or "examples" not in others else "examples"
    names = [("made", VIEWS[first]), *((view, VIEWS[view]) for view in others if view != first)]
    return names if len(names) > 1 else []


def facets(told: Fact) -> list[Facet]:
    """By what filters can be chosen, the classes apart, from what ``wall`` tells of them.

    Only what tells some of them apart.
    """
    tally = Counter(state for names in told["states"] for state in names.split())
    shares = Counter(_range(share) for share in told["keys"].get("share", ()))
    hues: Counter[str] = Counter(told["hues"])
    found = [
        Facet("state", "state", _counted(STATES.items(), tally)),
        Facet("share", "above zero", _counted(SHARES, shares)),
        Facet("hue", "hue", _counted([(name, name) for name in (*HUES, "grey")], hues)),
    ]
    return [facet for facet in found if len(facet.choices) > 1]


def _counted(
    names: Iterable[tuple[str, str]], counts: Mapping[str, int]
) -> list[tuple[str, str, int]]:
    return [(key, name, counts[key]) for key, name in names if counts.get(key)]


def _keys(layer: Fact) -> dict[str, list[float | None]]:
    """The numbers to sort by that are known of any filter of the layer, by their names."""
    filters, share = layer["filters"], layer["rectified"]
    found = {
        "highest": [_seen(each, "bounds", "highest") for each in filters],
        "ratio": [_made(each).get("ratio") for each in filters],
        "selectivity": [_seen(each, "selectivity") for each in filters],
        "share": [_seen(each, "share_positions") if share else None for each in filters],
        "similarity": _ranks(layer["order"], len(filters)),
    }
    return {
        name: [None if value is None else float(f"{value:.4g}") for value in values]
        for name, values in found.items()
        if any(value is not None for value in values)
    }


def states(layer: Fact, filter: Fact) -> list[str]:
    """The states of a filter, as far as they are known and matter."""
    highest, share = _seen(filter, "bounds", "highest"), _seen(filter, "share_positions")
    known = {
        "alive": filter["dead"] is False,
        "dead": filter["dead"] is True,
        "never": layer["rectified"] and highest is not None and highest <= 0,
        "always": layer["rectified"] and share is not None and share >= ALWAYS,
        "failed": not filter["dead"] and _made(filter).get("passed") is False,
    }
    return [name for name, true in known.items() if true]


def hue(filter: Fact) -> str:
    """The name of a filter's hue; grey where its picture has none, "" without a picture."""
    if filter["hue"] is not None:
        eighth = 360 / len(HUES)
        return HUES[int((filter["hue"] + eighth / 2) // eighth) % len(HUES)]
    return "grey" if made_for(filter) else ""


def _range(share: float | None) -> str:
    if share is None:
        return ""
    return next(key for key, _ in SHARES if 100 * share <= float(key.partition("-")[2]))


def _label(filter: Fact) -> str | None:
    """The class that excites a live filter most."""
    classes = _seen(filter, "classes")
    return classes[0]["label"] if classes and not filter["dead"] else None


def _seen(filter: Fact, *path: str) -> Any:
    """What images tell of a filter; None where they tell nothing."""
    found: Any = filter["examples"]
    for name in path:
        found = None if found is None else found.get(name)
    return found


def _made(filter: Fact) -> Fact:
    return (filter["maximize"] or {}).get("positive") or {}


def _side(filter: Fact) -> list[int]:
    return [_made(filter)["picture"][name] for name in ("width", "height")]


def _sharp(filter: Fact) -> bool:
    return made_for(filter) and bool(_made(filter)["recipe"]["canvas"] == "pixels")


def _ranks(order: Sequence[int] | None, count: int) -> list[int | None]:
    ranks: list[int | None] = [None] * count
    for rank, place in enumerate(order or ()):
        ranks[place] = rank
    return ranks
