"""All built-in edits by name."""

from __future__ import annotations

from collections.abc import Mapping

from convatlas.images.edits.colours import grey
from convatlas.images.edits.edit import BuiltIn
from convatlas.images.edits.frame import border
from convatlas.images.edits.turns import mirror

_EDITS = (
    BuiltIn(
        "grey",
        "loss of colour",
        "Each colour becomes the grey of its luminance: what is seen without colour?",
        grey,
    ),
    BuiltIn(
        "mirror",
        "mirroring",
        "Left and right are swapped: does it matter which way things face?",
        mirror,
        turns=True,
    ),
    BuiltIn(
        "border",
        "a black border",
        "A black border of 12 pixels in 224, as on scans and slides: is the frame taken for the "
        "picture?",
        border,
    ),
)

EDITS: Mapping[str, BuiltIn] = {each.name: each for each in _EDITS}
