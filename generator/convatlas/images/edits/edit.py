"""What an edit is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from convatlas.model.edits import EditFacts

Edit = Callable[[Image.Image, str], Image.Image]
"""Turns a picture of mode L or RGB, given the id of its image, into one of the same size and mode.

The same picture and id always give the same result; other ids may give other random draws."""


@dataclass(frozen=True)
class BuiltIn:
    """An edit that comes with the package."""

    name: str
    title: str  # reads in a sentence: "a line of text"
    about: str  # what it does, and what it asks
    edit: Edit
    turns: bool = False  # whether filters of a layer may turn into one another under it
    moves: bool = False  # whether what a picture shows is at other positions under it
    version: int = 1  # raised when the same picture results in another

    @property
    def facts(self) -> EditFacts:
        """What an atlas knows of it."""
        fingerprint = f"{self.name}/{self.version}"
        return EditFacts(self.name, self.title, self.about, fingerprint, self.turns, self.moves)
