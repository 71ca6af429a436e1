"""The two receipts of a build: the store lacks nothing, and the site is published."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from convatlas.model.records import digest
from convatlas.receipts.command import Command
from convatlas.receipts.inputs import Inputs
from convatlas.receipts.said import Said
from convatlas.store.store import Store

VERSION = 1
"""Raised when receipts have another form, so that older ones are not read."""

RENDERED, PUBLISHED = f"rendered-{VERSION}/", f"published-{VERSION}/"
"""Prefixes of the memo's keys."""

MOST = 8
"""How many receipts of each kind a store keeps, since each has the keys of all records."""


@dataclass(frozen=True)
class RenderingReceipt:
    """Says that the store has all records that some inputs ask for."""

    inputs: Inputs
    keys: Sequence[str]  # of these records, derived ones included
    plan: Said  # what ``plan`` says of them
    warnings: Sequence[str]  # what opening the images warns of, each time

    @staticmethod
    def key(command: Command) -> str:
        """Return the memo's key of the receipt for the atlas of a command."""
        return f"{RENDERED}{command.atlas}"

    @classmethod
    def read(cls, store: Store, command: Command) -> RenderingReceipt | None:
        """Return the receipt for the atlas of a command, if the store has one."""
        value = store.get(cls.key(command))
        if value is None:
            return None
        inputs, plan = Inputs(**value.pop("inputs")), Said(**value.pop("plan"))
        return cls(inputs=inputs, plan=plan, **value)

    def write(self, store: Store, command: Command) -> None:
        """Keep the receipt in place of an older one."""
        store.put(self.key(command), asdict(self))
        store.trim(RENDERED, MOST)


@dataclass(frozen=True)
class SiteReceipt:
    """Says that a folder has the site of some inputs."""

    inputs: str  # their digest
    origin: str  # that of the folder's marker
    keep: Sequence[str]  # the marker's patterns
    pictures: Sequence[str]  # digests of the pictures in the site that the store has, too
    build: Said  # what a build says that finds nothing to do

    @staticmethod
    def key(command: Command, out: Path, written: str) -> str:
        """Return the memo's key of the receipt for the atlas of a command and a folder.

        Args:
            command: the command.
            out: the absolute path of the folder.
            written: the folder as it was given, since what is said names it so.
        """
        return f"{PUBLISHED}{digest([command.atlas, os.fspath(out), written])}"

    @classmethod
    def read(cls, store: Store, key: str) -> SiteReceipt | None:
        """Return the receipt of a key, if the store has it."""
        value = store.get(key)
        return None if value is None else cls(build=Said(**value.pop("build")), **value)

    def write(self, store: Store, key: str) -> None:
        """Keep the receipt in place of an older one."""
        store.put(key, asdict(self))
        store.trim(PUBLISHED, MOST)
