"""What the store remembers of networks and image sets, so that they need not be opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from pydantic import TypeAdapter

from convatlas._version import __version__
from convatlas.config import schema
from convatlas.config.picture_references import Reference
from convatlas.errors import ConfigError
from convatlas.images.scan import Memo
from convatlas.model.records import ImageSetFacts, Json, NetworkFacts, digest, plain

NETWORK = TypeAdapter(NetworkFacts)
IMAGES = TypeAdapter(ImageSetFacts)

NETWORKS = "network-4"
"""Under which networks are remembered; the number rises whenever more is known of a network, so
that what was kept before is not taken for it."""

ELSEWHERE = {"source", "weights", "classes", "arguments", "labels"}
"""Keys whose values may be paths of one machine: what is remembered is found without them."""


class NamedMemo(Memo, Protocol):
    """A memo that can tell where it is kept, as a store does."""

    path: Path


@dataclass
class OpenCatalog:
    """The store's memo, and which of its keys are in use."""

    store: NamedMemo
    used: set[str] = field(default_factory=set)

    def get(self, key: str) -> Json | None:
        """What the memo holds under a key, or None."""
        self.used.add(key)
        return self.store.get(key)

    def put(self, key: str, value: Json) -> None:
        """Keep a JSON value."""
        self.used.add(key)
        self.store.put(key, value)

    @property
    def known(self) -> dict[str, Json]:
        """All that is in use of the memo."""
        values = {key: self.store.get(key) for key in sorted(self.used)}
        return {key: value for key, value in values.items() if value is not None}

    def network(self, model: schema.Model, folder: Path) -> NetworkFacts | None:
        """What is known of a network, if opening it anew could not give anything else."""
        known = self.get(_key(NETWORKS, model))
        if known is None or known["valid"] != _validity(model, folder, known["witnesses"]):
            return None
        return NETWORK.validate_python(known["facts"])

    def keep_network(
        self, model: schema.Model, folder: Path, facts: NetworkFacts, source_files: Sequence[Path]
    ) -> None:
        """Remember a network until one of the files that it came from changes."""
        names = sorted(str(path.resolve()) for path in source_files)
        valid = _validity(model, folder, names)
        value = {"witnesses": names, "valid": valid, "facts": plain(facts)}
        self.put(_key(NETWORKS, model), value)

    def keep_passing(self, model: schema.Model, facts: NetworkFacts) -> None:
        """Remember a network that was in memory: for publishing alone, for it may change unseen."""
        value = {"witnesses": [], "valid": None, "facts": plain(facts)}
        self.put(_key(NETWORKS, model), value)

    def keep_images(self, entry: schema.ImageSet, facts: ImageSetFacts) -> None:
        """Remember an image set for publishing without it."""
        self.put(_key("images", entry), {"facts": plain(facts)})

    def keep_pictures(self, reference: Reference, pictures: Sequence[tuple[str, str]]) -> None:
        """Remember the pictures of a probe or hypothesis, name and id, for publishing alone."""
        self.put(_picture_key(reference), [list(picture) for picture in pictures])

    def last_network(self, model: schema.Model) -> NetworkFacts:
        """What a network was when it was last opened, wherever that was.

        Raises:
            ConfigError: it never was.
        """
        return NETWORK.validate_python(self._recall(NETWORKS, model))

    def last_images(self, entry: schema.ImageSet) -> ImageSetFacts:
        """What an image set was when it was last opened, wherever that was.

        Raises:
            ConfigError: it never was.
        """
        return IMAGES.validate_python(self._recall("images", entry))

    def last_pictures(self, reference: Reference) -> list[tuple[str, str]]:
        """The pictures of a probe or hypothesis when they were last opened, wherever that was.

        Raises:
            ConfigError: they never were.
        """
        known = self.get(_picture_key(reference))
        if known is None:
            what = f"the picture {reference.text} of {reference.kind}"
            raise ConfigError([self._unknown(what)])
        return [(name, identity) for name, identity in known]

    def _recall(self, kind: str, entry: schema.Model | schema.ImageSet) -> Json:
        known = self.get(_key(kind, entry))
        if known is None:
            raise ConfigError([self._unknown(f"'{entry.name}'")])
        return known["facts"]

    def _unknown(self, what: str) -> str:
        return f"{what} is not in the store {self.store.path}; build without --pages first"


def _key(kind: str, entry: schema.Model | schema.ImageSet) -> str:
    return f"{kind}/{entry.name}/{digest(entry.model_dump(exclude=ELSEWHERE))[:16]}"


def _picture_key(reference: Reference) -> str:
    """A relative path is the same on every machine; of another the last part may be.

    It does not tell files apart; where they stand in the atlas file does.
    """
    path = Path(reference.text)
    text: Json = [*reference.path, path.name] if path.is_absolute() else reference.text
    return f"pictures/{digest([reference.kind, reference.owner, reference.folder, text])[:16]}"


def _validity(model: schema.Model, folder: Path, source_files: Sequence[str]) -> str:
    """Changes whenever opening the network anew might give something else."""
    stats = [(name, Path(name).stat()) for name in source_files if Path(name).exists()]
    files = {name: [stat.st_size, stat.st_mtime_ns] for name, stat in stats}
    libraries = [__version__, version("torch"), version("torchvision")]
    return digest([model.model_dump(mode="json"), str(folder.resolve()), files, libraries])
