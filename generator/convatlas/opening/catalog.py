"""Facts about networks and image sets that the store keeps, so that they need not be opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from pydantic import TypeAdapter

from convatlas._version import __version__
from convatlas.config import schema
from convatlas.config.own_code import package_folders
from convatlas.config.picture_references import Reference
from convatlas.errors import ConfigError
from convatlas.images.scan import Memo
from convatlas.model.facts import FunctionFacts, ImageSetFacts, NetworkFacts
from convatlas.model.records import Json, digest, plain
from convatlas.opening.witnesses import renewed, witnesses

NETWORK = TypeAdapter(NetworkFacts)
IMAGES = TypeAdapter(ImageSetFacts)
FUNCTION = TypeAdapter(FunctionFacts)

NETWORKS = "network-11"
"""Prefix of the memo's keys for networks.

The number is raised whenever the facts about a network change, so that older entries are not used.
"""

FUNCTIONS = "function-1"
"""The same for the user's functions."""

ELSEWHERE = {"source", "weights", "classes", "arguments", "labels"}
"""Options that may contain paths of one machine and are therefore left out of the memo's keys."""


class NamedMemo(Memo, Protocol):
    """A memo with a path for messages, such as a store."""

    path: Path


@dataclass
class OpenCatalog:
    """The store's memo, with a record of which keys are in use."""

    store: NamedMemo
    used: set[str] = field(default_factory=set)

    def get(self, key: str) -> Json | None:
        """Return the memo's value for a key, or None."""
        self.used.add(key)
        return self.store.get(key)

    def put(self, key: str, value: Json) -> None:
        """Put a JSON value into the memo."""
        self.used.add(key)
        self.store.put(key, value)

    @property
    def known(self) -> dict[str, Json]:
        """The values of all keys that were used."""
        values = {key: self.store.get(key) for key in sorted(self.used)}
        return {key: value for key, value in values.items() if value is not None}

    def network(self, model: schema.Model, folder: Path) -> NetworkFacts | None:
        """Return the facts about a network, or None if opening it again might give others."""
        known = self._unchanged(_key(NETWORKS, model), _validity(model, folder))
        return None if known is None else NETWORK.validate_python(known)

    def keep_network(
        self,
        model: schema.Model,
        folder: Path,
        facts: NetworkFacts,
        source_files: Sequence[Path],
        since: int,
    ) -> None:
        """Keep the facts about a network until the content of one of its source files changes.

        ``since`` is when its files began to be opened, in nanoseconds since the epoch.
        """
        files = witnesses([*source_files, *package_folders()], since)
        value = {"files": files, "valid": _validity(model, folder), "facts": plain(facts)}
        self.put(_key(NETWORKS, model), value)

    def function(self, name: str, folder: Path) -> FunctionFacts | None:
        """Return the facts about a user's function, or None if importing it might give others."""
        known = self._unchanged(_function_key(name), _function_validity(name, folder))
        return None if known is None else FUNCTION.validate_python(known)

    def keep_function(
        self, name: str, folder: Path, facts: FunctionFacts, files: Sequence[Path], since: int
    ) -> None:
        """Keep the facts about a user's function until the content of one of its files changes.

        ``since`` is when it began to be imported, in nanoseconds since the epoch.
        """
        value = {
            "files": witnesses([*files, *package_folders()], since),
            "valid": _function_validity(name, folder),
            "facts": plain(facts),
        }
        self.put(_function_key(name), value)

    def last_function(self, name: str) -> FunctionFacts | None:
        """Return the facts about a user's function from when it was last imported, if it was."""
        known = self.get(_function_key(name))
        return None if known is None else FUNCTION.validate_python(known["facts"])

    def _unchanged(self, key: str, validity: str) -> Json | None:
        """Return the facts under a key, or None if what they are about may have changed."""
        known = self.get(key)
        if known is None or known["valid"] != validity:
            return None
        before = known.get("files")
        files = None if before is None else renewed(before)
        if files is None:
            return None
        if files != before:
            self.put(key, {**known, "files": files})
        return known["facts"]

    def keep_passing(self, model: schema.Model, facts: NetworkFacts) -> None:
        """Keep the facts about an in-memory network, which may change, for publishing only."""
        value = {"valid": None, "facts": plain(facts)}
        self.put(_key(NETWORKS, model), value)

    def keep_images(self, entry: schema.ImageSet, facts: ImageSetFacts) -> None:
        """Keep the facts about an image set, for publishing without it."""
        self.put(_key("images", entry), {"facts": plain(facts)})

    def keep_pictures(self, reference: Reference, pictures: Sequence[tuple[str, str]]) -> None:
        """Keep the names and ids of a reference's pictures, for publishing without them."""
        self.put(_picture_key(reference), [list(picture) for picture in pictures])

    def last_network(self, model: schema.Model) -> NetworkFacts:
        """Return the facts about a network from when it was last opened, on any machine.

        Raises:
            ConfigError: it was never opened.
        """
        return NETWORK.validate_python(self._recall(NETWORKS, model))

    def last_images(self, entry: schema.ImageSet) -> ImageSetFacts:
        """Return the facts about an image set from when it was last opened, on any machine.

        Raises:
            ConfigError: it was never opened.
        """
        return IMAGES.validate_python(self._recall("images", entry))

    def last_pictures(self, reference: Reference) -> list[tuple[str, str]]:
        """Return names and ids of a reference's pictures from when they were last opened.

        Raises:
            ConfigError: they were never opened.
        """
        known = self.get(_picture_key(reference))
        if known is None:
            what = f"the picture {reference.text} of {reference.kind}"
            raise ConfigError([self.unknown(what)])
        return [(name, identity) for name, identity in known]

    def keep_overlay(self, text: str, content: str) -> None:
        """Keep the digest of a picture that is laid over images, for publishing without it."""
        self.put(_overlay_key(text), content)

    def last_overlay(self, text: str) -> str:
        """Return the digest of such a picture from when it was last opened; empty if it was not."""
        known: str | None = self.get(_overlay_key(text))
        return known or ""

    def _recall(self, kind: str, entry: schema.Model | schema.ImageSet) -> Json:
        known = self.get(_key(kind, entry))
        if known is None:
            raise ConfigError([self.unknown(f"'{entry.name}'")])
        return known["facts"]

    def unknown(self, what: str) -> str:
        """Return the message for something that was never opened with this store."""
        return f"{what} is not in the store {self.store.path}; build without --pages first"


def _key(kind: str, entry: schema.Model | schema.ImageSet) -> str:
    return f"{kind}/{entry.name}/{digest(entry.model_dump(exclude=ELSEWHERE))[:16]}"


def _picture_key(reference: Reference) -> str:
    """Return a key that is the same on every machine, also if the path is absolute.

    The last part of an absolute path does not identify a file, but its position in the atlas file
    does.
    """
    path = Path(reference.text)
    text: Json = [*reference.path, path.name] if path.is_absolute() else reference.text
    return f"pictures/{digest([reference.kind, reference.owner, reference.folder, text])[:16]}"


def _function_key(name: str) -> str:
    return f"{FUNCTIONS}/{_anywhere(name)}"


def _overlay_key(text: str) -> str:
    return f"overlay/{_anywhere(text)}"


def _anywhere(text: str) -> str:
    """Return a digest that is the same on every machine: an absolute path's last part counts."""
    path = Path(text)
    return digest(path.name if path.is_absolute() else text)[:16]


def _validity(model: schema.Model, folder: Path) -> str:
    """Return a text that changes with all but files that opening a network depends on."""
    return digest([model.model_dump(mode="json"), str(folder.resolve()), _libraries()])


def _function_validity(name: str, folder: Path) -> str:
    """Return the same for a user's function."""
    return digest([name, str(folder.resolve()), _libraries()])


def _libraries() -> list[str]:
    return [__version__, version("torch"), version("torchvision")]
