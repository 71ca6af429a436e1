"""Checks of `compare` that need no network or image set to be opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from convatlas.config.raw_values import Place, entries, text_of, texts
from convatlas.config.suggestions import did_you_mean
from convatlas.errors import Problem
from convatlas.model.records import Json

Named = tuple[str, Place]
"""The name of a network, and where the file compares it."""


def check_comparisons(data: dict[str, Json]) -> Iterator[Problem]:
    """Yield what is wrong with the comparisons of a file.

    ``data`` holds plain values that may be of any type.
    """
    models = {text_of(entry, "name") or "": entry for _, entry in entries(data, "models")}
    models.pop("", None)
    first: dict[tuple[str, str], int] = {}
    for index, entry in entries(data, "compare"):
        place: Place = ("compare", index)
        yield from _form(entry, place)
        named = _named(entry, place)
        known = [each for each in named if each[0] in models]
        for name, where in named:
            if name not in models and models:
                message = f"no network is called '{name}'; {did_you_mean(name, models)}"
                yield Problem(where, message)
        yield from _twice(known)
        yield from _again(known, place, first)
        yield from _apart(known, models, data)
    if data.get("compare"):
        yield from _lenses(data)


def _form(entry: dict[str, Json], place: Place) -> Iterator[Problem]:
    """Yield a problem if an entry is neither a pair nor a timeline."""
    before, after, networks = (entry.get(key) for key in ("before", "after", "networks"))
    if networks is not None:
        if before is not None or after is not None:
            message = "`before` or `after` is given too; keep these two, or `networks`"
            yield Problem((*place, "networks"), message)
        elif isinstance(networks, list) and len(networks) < 3:
            message = "a timeline has three networks or more; two are `before` and `after`"
            yield Problem((*place, "networks"), message)
    elif before is None and after is None:
        message = "names no networks; add `before` and `after`, or three or more `networks`"
        yield Problem(place, message)
    elif before is None or after is None:
        missing, other = ("before", "after") if before is None else ("after", "before")
        yield Problem(place, f"`{missing}` is missing; name the network beside `{other}`")


def _named(entry: dict[str, Json], place: Place) -> list[Named]:
    """Return the networks that an entry compares, the one after or the last at the end."""
    if entry.get("networks") is not None:
        return [(name, (*place, "networks", at)) for at, name in texts(entry.get("networks"))]
    both = [(text_of(entry, key), (*place, key)) for key in ("before", "after")]
    return [(name, where) for name, where in both if name is not None]


def _twice(named: Sequence[Named]) -> Iterator[Problem]:
    seen = set[str]()
    for name, where in named:
        if name in seen:
            yield Problem(where, f"'{name}' would be compared with itself; name another network")
        seen.add(name)


def _again(
    named: Sequence[Named], place: Place, first: dict[tuple[str, str], int]
) -> Iterator[Problem]:
    """Yield a problem for each pair that an earlier entry has, too; ``first`` says which."""
    index = int(place[1])
    for before, where in named[:-1]:
        after = named[-1][0]
        earlier = first.setdefault((before, after), index)
        if earlier != index:
            message = f"compare[{earlier}] has '{before}' beside '{after}' already"
            yield Problem(where, f"{message}; keep one of them")


def _apart(
    named: Sequence[Named], models: Mapping[str, dict[str, Json]], data: dict[str, Json]
) -> Iterator[Problem]:
    """Yield a problem for each network that sees something else than the first of its entry."""
    names = [text_of(entry, "name") for _, entry in entries(data, "images")]
    sets = [name for name in names if name]
    for name, where in named[1:]:
        start = named[0][0]
        message = _other_images(start, name, models, sets)
        message = message or _other_input(start, name, models)
        if message:
            yield Problem(where, message)


def _other_images(
    start: str, name: str, models: Mapping[str, dict[str, Json]], sets: Sequence[str]
) -> str:
    """Return why two networks do not see the same images, or an empty string."""
    only = sets[0] if len(sets) == 1 else None
    one, other = (text_of(models[each], "images") or only for each in (start, name))
    if one == other or one not in sets or other not in sets:
        return ""
    return (
        f"'{name}' sees the image set '{other}' but '{start}' sees '{one}', and what they answer "
        f"to the same images is compared; give both the same `images`"
    )


def _other_input(start: str, name: str, models: Mapping[str, dict[str, Json]]) -> str:
    """Return why two networks see images differently by what the file says, or an empty string."""
    one, other = (models[each].get("input") for each in (start, name))
    if not isinstance(one, dict) or not isinstance(other, dict):
        return ""
    for key in one.keys() & other.keys():
        if _plain(key, one[key]) != _plain(key, other[key]):
            return unequal(start, name, key)
    return ""


def _plain(key: str, value: Json) -> Json:
    """Return a setting so that equal ones are equal: ``size: 32`` is ``size: [32, 32]``."""
    return [value, value] if key == "size" and isinstance(value, int) else value


def unequal(start: str, name: str, key: str) -> str:
    """Return the message for two networks whose preprocessing differs in one of its settings."""
    return (
        f"'{name}' and '{start}' see images differently, and what they answer to the same input "
        f"is compared; give both the same `input: {key}`"
    )


def _lenses(data: dict[str, Json]) -> Iterator[Problem]:
    """Yield a problem for each lens that is off, and whose results comparisons are made from."""
    if isinstance(data.get("images"), list | None) and not data.get("images"):
        message = "networks are compared by what they answer to images; add a set under `images`"
        yield Problem(("compare",), message, key=True)
    lenses = data.get("lenses")
    if not isinstance(lenses, dict):
        return
    if lenses.get("examples") is False:
        message = "`compare` needs the responses that `examples` keeps; switch it on"
        yield Problem(("lenses", "examples"), message)
    for index, entry in entries(data, "compare"):
        expect = entry.get("expect")
        accuracy = isinstance(expect, dict) and expect.get("accuracy") is not None
        if accuracy and lenses.get("effects") is False:
            message = "accuracies are found by `effects`, which is off; switch that on"
            yield Problem(("compare", index, "expect", "accuracy"), message)
