"""What a site says of edits: what they do to networks, and what filters answer to them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from convatlas.errors import SiteError
from convatlas.model.edit_columns import unpacked
from convatlas.model.records import Json

if TYPE_CHECKING:
    from convatlas.lenses.edits.entries import ExportedEdit, FilterEdit

HUNDREDTHS = 100
"""What numbers of filters are told in."""


@dataclass(frozen=True)
class Edit:
    """An edit of the images of an atlas."""

    folder: Path
    """The folder of the site."""
    name: str
    title: str
    """Reads in a sentence: "a line of text"."""
    about: str
    href: str
    """Its page, from the site's root."""
    networks: Mapping[str, ExportedEdit]
    """What it does to each network that was shown it, by the network's name."""

    def carriers(self, network: str) -> dict[str, list[Json]]:
        """Return the filters of a network that carry most of it, as columns; empty without any.

        They are ``layer``, ``index``, ``page``, ``share``, ``auc``, ``change``, ``invariance`` and
        ``twin``; None where a number is not known.

        Raises:
            KeyError: the network was not shown it.
            SiteError: the file is missing.
        """
        file = self.networks[network]["carriers"]
        if file is None:
            return {}
        try:
            text = (self.folder / file).read_text(encoding="utf-8")
        except OSError as error:
            raise SiteError(f"{error.filename} cannot be read; build the site again") from None
        names, *rows = csv.reader(text.splitlines())
        columns = zip(names, zip(*rows, strict=True), strict=True)
        return {name: [_value(name, value) for value in values] for name, values in columns}


def edits(folder: Path, entries: Sequence[Json]) -> dict[str, Edit]:
    """Return the edits that ``atlas.json`` tells of, by name."""
    return {each["name"]: _edit(folder, each) for each in entries}


def _edit(folder: Path, told: Json) -> Edit:
    networks = {each["network"]: each for each in told["networks"]}
    return Edit(folder, told["name"], told["title"], told["about"], told["href"], networks)


def by_filter(
    told: Mapping[str, Mapping[str, Json]], indices: Sequence[int]
) -> list[dict[str, FilterEdit]]:
    """Return what each filter of a layer answers to each edit, by the edit's name.

    Args:
        told: What ``layer.json`` has of edits.
        indices: The indices of the layer's filters.
    """
    found: list[dict[str, FilterEdit]] = [{} for _ in indices]
    for name, columns in told.items():
        twins = columns.get("twin", {})
        numbers = {key: values for key, values in unpacked(columns).items() if key != "twin"}
        for place, index in enumerate(indices):
            own = {key: _fraction(values[place]) for key, values in numbers.items()}
            if str(index) in twins:
                twin, correlation = twins[str(index)]
                own |= {"twin": twin, "twin_correlation": _fraction(correlation)}
            found[place][name] = cast("FilterEdit", own)
    return found


def _fraction(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / HUNDREDTHS


def _value(name: str, text: str) -> Json:
    if name in ("layer", "page"):
        return text
    if not text:
        return None
    return int(text) if name in ("index", "twin") else float(text)
