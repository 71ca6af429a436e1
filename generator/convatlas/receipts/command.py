"""What a command knows before it imports what a build needs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from convatlas.config.content import content
from convatlas.config.yaml_document import LARGEST, Document
from convatlas.model.records import Json, digest
from convatlas.receipts.installation import Installation

DEFAULT_STORE = ".convatlas"
"""The store of an atlas file that names none, as in the schema."""


@dataclass(frozen=True)
class Command:
    """A command that makes the site of an atlas file, or one that it derives from it."""

    config: Path  # absolute
    store: Path | None  # absolute; None if it is the atlas file's
    installation: Installation
    environment: Mapping[str, str]
    arguments: Sequence[str | None] = ()  # what an atlas is derived by; none if it is the file's

    @classmethod
    def of(
        cls,
        config: Path,
        store: Path | None,
        environment: Mapping[str, str],
        arguments: Sequence[str | None] = (),
    ) -> Command:
        """Return what a command that has just started knows of an atlas file."""
        place = store.absolute() if store else None
        return cls(config.absolute(), place, Installation.now(), environment, arguments)

    @property
    def atlas(self) -> str:
        """A text that differs from that of all commands which make another atlas."""
        return digest([os.fspath(self.config), *self.arguments])

    def values(self) -> Json:
        """Return the atlas file's values.

        Raises:
            ValueError: the file has mistakes.
            OSError: it cannot be read.
        """
        text = content(self.config, LARGEST).decode("utf-8-sig")
        document = Document(text, self.environment, quick=True)
        if document.mistakes or not isinstance(document.value, dict):
            raise ValueError(f"{self.config} has mistakes")
        return document.value

    def store_of(self, values: Json) -> Path:
        """Return the path of the store, given the atlas file's values.

        Raises:
            ValueError: they name something else.
        """
        named = values.get("store", DEFAULT_STORE)
        if not isinstance(named, str):
            raise ValueError("`store` is no path")
        return self.store or self.config.parent / named
