"""The user's functions that an atlas names, imported only where that is needed."""

from __future__ import annotations

import hashlib
import inspect
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

from convatlas.config.edits import named_edits
from convatlas.config.opened_files import data_files, files_opened
from convatlas.config.raw_values import Place, missing
from convatlas.config.read import Configuration
from convatlas.config.schema import Atlas
from convatlas.config.sources import Source, is_file, parse_source
from convatlas.config.user_code import Made, UserCodeError, find
from convatlas.errors import Problem, RenderError
from convatlas.model.facts import FunctionFacts
from convatlas.model.records import digest
from convatlas.opening.catalog import OpenCatalog

CHANGED = "has changed since the build began; build again"


@dataclass
class Functions:
    """The functions that an atlas names, each imported at most once."""

    configuration: Configuration
    catalog: OpenCatalog
    _imported: dict[str, tuple[FunctionFacts, Callable[..., object]]] = field(default_factory=dict)

    @cached_property
    def facts(self) -> Mapping[str, FunctionFacts]:
        """What is known of each, by the text that names it; of some, why they are none."""
        return {name: self._facts(name) for _, name in named(self.configuration.atlas)}

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with those of lenses; lenses that need none of those go on."""
        return [
            Problem(place, self.facts[name].problem)
            for place, name in _of_lenses(self.configuration.atlas)
            if self.facts[name].problem
        ]

    @property
    def importers(self) -> Mapping[str, Callable[[], Callable[..., object]]]:
        """By the text that names one, a function that returns it.

        Raises:
            RenderError: it cannot be imported, or has changed since its facts were found.
        """
        return {name: partial(self._function, name) for name in self.facts}

    def _facts(self, name: str) -> FunctionFacts:
        known = self.catalog.function(name, self.configuration.folder)
        if known is not None:
            return known
        try:
            facts, _ = self._import(name)
        except UserCodeError as error:
            return FunctionFacts(parse_source(name).attribute, problem=str(error))
        return facts

    def _function(self, name: str) -> Callable[..., object]:
        if problem := self.facts[name].problem:
            raise RenderError(f"{name}: {problem}")
        try:
            facts, function = self._import(name)
        except UserCodeError as error:
            raise RenderError(f"{name}: {error}") from error
        if facts != self.facts[name]:
            raise RenderError(f"{name} {CHANGED}")
        return function

    def _import(self, name: str) -> tuple[FunctionFacts, Callable[..., object]]:
        """Import a function, unless it is; what is found is kept in the catalog."""
        if name not in self._imported:
            since, folder = time.time_ns(), self.configuration.folder
            source = parse_source(name)
            if source.kind == "file" and not is_file(folder / source.target):
                raise UserCodeError(missing("file", source.target))
            with files_opened() as heard:
                made = find(source, folder)
            read = data_files(heard)
            facts = _facts(source, made, [*_beside(source, folder, read)])
            own = [folder / source.target] if source.kind == "file" else []  # links are kept
            self.catalog.keep_function(name, folder, facts, [*made.files, *own, *read], since)
            self._imported[name] = facts, made.value
        return self._imported[name]


def last_facts(atlas: Atlas, catalog: OpenCatalog) -> Mapping[str, FunctionFacts]:
    """Return the facts about an atlas's functions from the store alone, however old."""
    return {
        name: catalog.last_function(name) or FunctionFacts(parse_source(name).attribute)
        for _, name in named(atlas)
    }


def named(atlas: Atlas) -> Iterator[tuple[Place, str]]:
    """Yield the places in the atlas file that name functions, and the texts that stand there."""
    yield from _of_lenses(atlas)
    for edit in named_edits(atlas.edits):
        if edit.kind == "function":
            yield edit.place, edit.text


def _of_lenses(atlas: Atlas) -> Iterator[tuple[Place, str]]:
    for lens, options in atlas.lenses.switched_on().items():
        for key, name in options.functions():
            yield ("lenses", lens, key), name


def _facts(source: Source, made: Made, read: list[Path]) -> FunctionFacts:
    contents = [hashlib.sha256(file.read_bytes()).hexdigest() for file in (*made.files, *read)]
    doc = inspect.getdoc(made.value) if inspect.isroutine(made.value) else None
    about = (doc or "").strip().partition("\n")[0].strip()
    return FunctionFacts(source.attribute, about, digest([source.attribute, contents]))


def _beside(source: Source, folder: Path, read: tuple[Path, ...]) -> Iterator[Path]:
    """Yield the files that a function's own file has read from the folder that it is in.

    Those elsewhere are not the same on every machine, or in every process.
    """
    if source.kind == "file":
        own = (folder / source.target).resolve().parent
        yield from (path for path in read if is_file(path) and path.is_relative_to(own))
