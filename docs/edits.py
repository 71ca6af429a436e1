"""Draw the contact sheet of the edits: ``python docs/edits.py``.

It goes to ``docs/images/edits.webp``: one of the demo's drawings, enlarged, plain and under each
built-in edit, in the order of the table in ``explanation/edits.md``.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

from convatlas.demo.draw import draw
from convatlas.images.edits.built_in import EDITS
from convatlas.images.edits.fonts import font

FILE = Path(__file__).resolve().parent / "images" / "edits.webp"
LABEL, SEED = "balloon", 3
SIDE, GAP, CAPTION, ACROSS = 224, 12, 24, 6


def sheet() -> Image.Image:
    """Return the sheet."""
    plain = draw(LABEL, SEED).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    cells = {"(plain)": plain, **{n: e.edit(plain, "balloon") for n, e in EDITS.items()}}
    width, height = SIDE + GAP, SIDE + GAP + CAPTION
    down = -(-len(cells) // ACROSS)
    result = Image.new("RGB", (ACROSS * width + GAP, down * height + GAP), "white")
    for index, (name, picture) in enumerate(cells.items()):
        x, y = index % ACROSS * width + GAP, index // ACROSS * height + GAP
        ImageDraw.Draw(result).text((x, y), name, "black", font(16))
        result.paste(picture, (x, y + CAPTION))
    return result


if __name__ == "__main__":
    sheet().save(FILE, quality=80, method=6)
