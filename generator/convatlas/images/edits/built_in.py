"""All built-in edits by name."""

from __future__ import annotations

from collections.abc import Mapping

from convatlas.images.edits.colours import grey, hue_turned
from convatlas.images.edits.compression import jpeg
from convatlas.images.edits.date import date_stamp
from convatlas.images.edits.details import blurred, high_pass
from convatlas.images.edits.edit import BuiltIn
from convatlas.images.edits.frame import border
from convatlas.images.edits.logo import corner_logo
from convatlas.images.edits.patch import coloured_patch
from convatlas.images.edits.patches import patches_shuffled
from convatlas.images.edits.ruler import ruler
from convatlas.images.edits.text import text_line
from convatlas.images.edits.turns import mirror, turned


def _turned(degrees: int, how: str) -> BuiltIn:
    about = f"The picture is turned {how}: does it matter which way is up?"
    title = f"a turn by {degrees}°"
    return BuiltIn(f"turned-{degrees}", title, about, turned(degrees), turns=True, moves=True)


_WHOLE = (
    BuiltIn(
        "grey",
        "loss of colour",
        "Each colour becomes the grey of its mean: what is seen by brightness alone?",
        grey,
    ),
    BuiltIn(
        "mirror",
        "mirroring",
        "Left and right change places: does it matter which way things face?",
        mirror,
        turns=True,
        moves=True,
    ),
    _turned(90, "a quarter to the left, and fitted to the input's size"),
    _turned(180, "upside down"),
    _turned(270, "a quarter to the right, and fitted to the input's size"),
    BuiltIn(
        "blurred",
        "blur",
        "Details are blurred: what is seen by coarse shapes and colours alone?",
        blurred,
    ),
    BuiltIn(
        "high-pass",
        "loss of all but details",
        "Only details are left, on grey: what is seen by edges and textures alone?",
        high_pass,
    ),
    BuiltIn(
        "patches-shuffled",
        "shuffled patches",
        "4 x 4 patches are put into a random order: is it textures and parts that count, or the "
        "arrangement?",
        patches_shuffled,
        moves=True,
    ),
    BuiltIn(
        "hue-turned",
        "other hues",
        "Red becomes green, green blue, and blue red: does it matter which colours things have?",
        hue_turned,
        turns=True,
    ),
)

_DRAWN = (
    BuiltIn(
        "text-line",
        "a line of text",
        "A transparent line of text, as on sites that sell photographs: do watermarks stand for "
        "classes?",
        text_line,
    ),
    BuiltIn(
        "date-stamp",
        "a date stamp",
        "The date of an old camera in the lower right corner: does it stand for classes?",
        date_stamp,
    ),
    BuiltIn(
        "border",
        "a black border",
        "A black border, as on scans and slides: is the frame taken for the picture?",
        border,
    ),
    BuiltIn(
        "corner-logo",
        "a logo in a corner",
        "A small logo in the upper right corner, as of a broadcaster: does it stand for classes?",
        corner_logo,
    ),
    BuiltIn(
        "ruler",
        "a ruler",
        "A ruler along the lower edge, as in photographs of skin lesions: does measuring give "
        "the answer away?",
        ruler,
    ),
    BuiltIn(
        "coloured-patch",
        "a coloured patch",
        "A round coloured sticker at the left or right edge, as in photographs of skin lesions: "
        "does it stand for classes?",
        coloured_patch,
    ),
)

_SAVED = (
    BuiltIn(
        "jpeg-10",
        "strong compression",
        "JPEG at quality 10, with visible blocks: are there answers that hang on fine values?",
        jpeg,
    ),
)

EDITS: Mapping[str, BuiltIn] = {each.name: each for each in (*_WHOLE, *_DRAWN, *_SAVED)}
