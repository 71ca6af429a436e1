"""Pictures side by side, in rows and columns with names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

SIDE, GAP, LINE = 160, 4, 16


def contact_sheet(
    rows: Mapping[str, Sequence[NDArray[np.uint8]]], columns: Sequence[str]
) -> Image.Image:
    """Each row's pictures [h, w, 3], one for each column, all enlarged to the same size."""
    step, height = SIDE + GAP, SIDE + GAP + LINE
    sheet = Image.new("RGB", (len(columns) * step + GAP, len(rows) * height + LINE + GAP), "white")
    draw = ImageDraw.Draw(sheet)
    for column, name in enumerate(columns):
        draw.text((GAP + column * step, 2), name[: SIDE // 7], fill="black")
    for row, (name, pictures) in enumerate(rows.items()):
        top = LINE + row * height
        draw.text((GAP, top + 2), name, fill="black")
        for column, pixels in enumerate(pictures):
            picture = Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
            sheet.paste(picture, (GAP + column * step, top + LINE))
    return sheet
