"""An atlas as its site tells it: networks and their layers, which are read when they are needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

from convatlas.errors import SiteError
from convatlas.model.manifest import NetworkFacts
from convatlas.model.records import Json
from convatlas.reader.edits import Edit, edits
from convatlas.reader.files import damaged, read_json, read_rows
from convatlas.reader.layer import Filter, Layer

if TYPE_CHECKING:
    from convatlas.lenses.effects.entries import ClassEntry


@dataclass(frozen=True)
class Network:
    """A network of an atlas."""

    folder: Path
    """The folder of its pages."""
    facts: NetworkFacts
    """What ``atlas.json`` says of it, without its layers."""
    layers: Mapping[str, Layer]
    """By name, in the order in which the network calls them."""

    @property
    def name(self) -> str:
        """Its name in the atlas."""
        return self.facts["name"]

    @cached_property
    def classes(self) -> Mapping[str, ClassEntry]:
        """Its classes by name, in the order of their indices; none without effects.

        Raises:
            SiteError: the file is missing, damaged, or of another version.
        """
        if not self.facts.get("class_pages"):
            return {}
        file = self.folder / "classes" / "classes.json"
        rows, _ = read_rows(file, "classes")
        try:
            return {str(row["name"]): cast("ClassEntry", row) for row in rows}
        except KeyError as error:
            raise damaged(file, error) from None


@dataclass(frozen=True)
class Atlas:
    """A published atlas."""

    folder: Path
    """The folder of the site."""
    facts: Mapping[str, Json]
    """What ``atlas.json`` says of the whole: title, version, image sets, options of the lenses."""
    networks: Mapping[str, Network]
    """By name."""
    edits: Mapping[str, Edit]
    """The edits of its images, by name."""

    @property
    def title(self) -> str:
        """Its title."""
        return str(self.facts["title"])

    def filter(self, name: str) -> Filter:
        """Return the filter of a name: "network/layer/index".

        Raises:
            KeyError: the atlas has none of this name.
        """
        network, _, rest = name.partition("/")
        layer, _, index = rest.rpartition("/")
        try:
            return self.networks[network].layers[layer].filters[int(index)]
        except (KeyError, ValueError):
            raise KeyError(f"the atlas has no filter {name}") from None


def load_atlas(folder: Path) -> Atlas:
    """Read a site; see ``convatlas.load``."""
    if not (folder / "atlas.json").is_file():
        raise SiteError(f"{folder} holds no site; run convatlas build first")
    facts = read_json(folder / "atlas.json")
    try:
        networks = {each["name"]: _network(folder, each) for each in facts.pop("networks")}
        own = edits(folder, facts.pop("edits", ()))
    except (AttributeError, KeyError, TypeError):
        raise SiteError(
            f"{folder / 'atlas.json'} is not of convatlas, or of another version; build it again"
        ) from None
    return Atlas(folder, facts, networks, own)


def _network(folder: Path, facts: Json) -> Network:
    layers = {each["name"]: Layer(folder, each) for each in facts.pop("layers")}
    return Network((folder / facts["href"]).parent, facts, layers)
