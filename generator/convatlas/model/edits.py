"""What is known of an edit: a change made to every image, to see which filters notice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EditFacts:
    """The facts about an edit that an atlas asks for, as plain data."""

    name: str  # in URLs and records: letters, digits, "-" and "_"
    title: str  # reads in a sentence: "a line of text"
    about: str  # what it does and asks, in a sentence or two; of the user's own, its docstring
    fingerprint: str  # another one for another result; empty if the store never knew it
    turns: bool = False  # whether filters of a layer may turn into one another under it
    moves: bool = False  # whether what a picture shows is at other positions under it
