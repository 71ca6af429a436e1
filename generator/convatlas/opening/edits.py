"""The edits that an atlas asks for: what is known of each, and what opens it to edit pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path, PurePath

from PIL import Image

from convatlas.config.content import content
from convatlas.config.edits import NamedEdit, named_edits
from convatlas.config.raw_values import missing
from convatlas.config.read import Configuration
from convatlas.config.schema import Atlas
from convatlas.errors import ConfigError, Problem
from convatlas.images.edits.built_in import EDITS
from convatlas.images.edits.edit import Edit
from convatlas.images.edits.overlay import laid_over, read_overlay
from convatlas.images.edits.own import own
from convatlas.model.edits import EditFacts
from convatlas.model.facts import FunctionFacts
from convatlas.model.records import digest
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.functions import Functions

LARGEST = 2**26
"""The size of the largest file that is laid over images, in bytes."""


@dataclass(frozen=True)
class _Overlay:
    """A picture to be laid over images, or why it cannot be."""

    digest: str = ""  # of the file's content
    picture: Image.Image | None = None
    problem: str = ""


@dataclass
class Edits:
    """The edits that an atlas asks for; their functions and pictures are opened at most once."""

    configuration: Configuration
    catalog: OpenCatalog
    functions: Functions
    _overlays: dict[str, _Overlay] = field(default_factory=dict)

    @cached_property
    def facts(self) -> tuple[EditFacts, ...]:
        """What is known of each that can be used, in the order of the atlas file.

        Functions are imported only where they may have changed."""
        usable = [each for each in self._named if not self._problem(each)]
        return tuple(_facts(each, self.functions.facts, self._digest) for each in usable)

    @property
    def problems(self) -> list[Problem]:
        """Why functions cannot be imported, and pictures cannot be laid over images."""
        found = [(each.place, self._problem(each)) for each in self._named]
        return [Problem(place, message) for place, message in found if message]

    @property
    def openers(self) -> Mapping[str, Callable[[], Edit]]:
        """By name, a function that returns the edit.

        That of a function raises a ``RenderError`` if it cannot be imported, or has changed since
        its facts were found."""
        return {each.name: partial(self._edit, each) for each in self._named}

    @property
    def _named(self) -> list[NamedEdit]:
        return named_edits(self.configuration.atlas.edits)

    def _problem(self, edit: NamedEdit) -> str:
        if edit.kind == "function":
            return self.functions.facts[edit.text].problem
        return self._overlay(edit.text).problem if edit.kind == "overlay" else ""

    def _edit(self, edit: NamedEdit) -> Edit:
        if edit.kind == "function":
            return own(self.functions.importers[edit.text](), edit.text)
        if edit.kind == "overlay":
            overlay = self._overlay(edit.text).picture
            assert overlay is not None, "the plan has no edit whose picture cannot be used"
            return laid_over(overlay)
        return EDITS[edit.name].edit

    def _digest(self, text: str) -> str:
        """Return the digest of an overlay's file; it is kept, for publishing without the file."""
        found = self._overlay(text).digest
        self.catalog.keep_overlay(text, found)
        return found

    def _overlay(self, text: str) -> _Overlay:
        if text not in self._overlays:
            self._overlays[text] = _opened(self.configuration.resolve(text), text)
        return self._overlays[text]


def last_edits(
    atlas: Atlas, catalog: OpenCatalog, functions: Mapping[str, FunctionFacts]
) -> tuple[EditFacts, ...]:
    """Return the facts about an atlas's edits from the store alone, however old.

    Raises:
        ConfigError: naming the edits that the store does not know.
    """
    lines = list[str]()
    for each in named_edits(atlas.edits):
        function = functions[each.text].digest if each.kind == "function" else None
        overlay = catalog.last_overlay(each.text) if each.kind == "overlay" else None
        if "" in (function, overlay):
            lines.append(catalog.unknown(f"the edit {each.text}"))
    if lines:
        raise ConfigError(lines)
    return tuple(_facts(each, functions, catalog.last_overlay) for each in named_edits(atlas.edits))


def _facts(
    edit: NamedEdit, functions: Mapping[str, FunctionFacts], overlay: Callable[[str], str]
) -> EditFacts:
    """Return the facts about an edit, given those of functions and the digests of overlays."""
    if edit.kind == "built-in":
        return EDITS[edit.name].facts
    if edit.kind == "function":
        known = functions[edit.text]
        return EditFacts(edit.name, known.name, known.about, digest(["function", known.digest]))
    title = PurePath(edit.text).stem
    about = "A picture of the atlas's author, laid over each image."
    return EditFacts(edit.name, title, about, digest(["overlay", overlay(edit.text)]))


def _opened(file: Path, text: str) -> _Overlay:
    """Open a picture to be laid over images; ``text`` is what the atlas calls it."""
    try:
        data = content(file, LARGEST)
        return _Overlay(hashlib.sha256(data).hexdigest(), read_overlay(data))
    except FileNotFoundError:
        return _Overlay(problem=missing("file", text))
    except OSError as error:
        return _Overlay(problem=f"{text} cannot be read ({error.strerror}); save it again")
    except ValueError as error:
        return _Overlay(problem=f"{text} {error}")
