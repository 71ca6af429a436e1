"""What the number is called that a function of the user's own returns."""

from __future__ import annotations

from convatlas.model.facts import FunctionFacts

LONGEST = 80
"""Characters of the longest name; of a longer docstring the function's name is taken instead."""
VERBS = ("return ", "returns ")


def target_name(facts: FunctionFacts) -> str:
    """Return the name, to be read in the middle of a sentence.

    It is the first line of the function's docstring, or else the function's name: "the highest
    score of any box", "wheel score".
    """
    about = facts.about.rstrip(". ")
    verb = next((verb for verb in VERBS if about.lower().startswith(verb)), "")
    about = about[len(verb) :].strip()
    if not about or len(about) > LONGEST:
        return facts.name.rpartition(".")[2].replace("_", " ").strip()
    first, space, rest = about.partition(" ")
    plain = first[1:].islower() or len(first) == 1  # not "IoU", nor "L1"
    return (first.lower() if plain else first) + space + rest
