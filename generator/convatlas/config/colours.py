"""The `colours` of maximised pictures: whether they are built in or those of an image set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convatlas.config import schema
from convatlas.config.suggestions import did_you_mean
from convatlas.errors import Problem
from convatlas.model.records import Json

BUILT_IN = "imagenet"
"""The value of ``colours`` that needs no image set."""

_PLACE = ("lenses", "maximize")

_Section = tuple[tuple[str, ...], dict[str, Json]]


def chosen_set(section: schema.Recipe) -> str | None:
    """Return the image set that ``colours`` names, or None if it is built in or not set."""
    return None if section.colours == BUILT_IN else section.colours


def check_colours(data: Json, sets: Sequence[tuple[int, str | None]]) -> Iterator[Problem]:
    """Yield what is wrong with ``colours`` and ``canvas: phase``.

    An image set may have the name of the built-in colours, unless a recipe uses those.

    Args:
        data: The file as plain values; values of a wrong type are skipped.
        sets: The index and name of each image set.
    """
    places = {name: index for index, name in sets if name}
    built_in = False
    for path, section in _sections(data):
        colours = section.get("colours")
        if colours == BUILT_IN:
            built_in = True
        elif isinstance(colours, str) and colours and colours not in places:
            near = did_you_mean(colours, [BUILT_IN, *places])
            yield Problem((*path, "colours"), f"no image set is called '{colours}'; {near}")
        if section.get("canvas") == "phase" and not sets:
            message = "`phase` takes the spectra of an image set; add one under `images`"
            yield Problem((*path, "canvas"), message)
    if built_in and BUILT_IN in places:
        message = f"`colours: {BUILT_IN}` means the built-in ones; give the image set another name"
        yield Problem(("images", places[BUILT_IN], "name"), message)


def _sections(data: Json) -> Iterator[_Section]:
    """Yield the lens's own section and those of its layers and variants, each with its path."""
    lens = data
    for key in _PLACE:
        lens = lens.get(key) if isinstance(lens, dict) else None
    if not isinstance(lens, dict):
        return
    yield _PLACE, lens
    for kind in ("layers", "variants"):
        sections = lens.get(kind)
        for name, section in sections.items() if isinstance(sections, dict) else ():
            if isinstance(section, dict) and isinstance(name, str):
                yield (*_PLACE, kind, name), section
