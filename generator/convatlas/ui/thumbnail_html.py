"""A filter's tile and a window of an image as HTML: a page may have a thousand of them.

So it is written here and not by a template. How large a tile is says the style sheet of the page.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from convatlas.ui.fast_jinja import text
from convatlas.ui.thumbnails import Fact, Found, Thumbnail


def thumbnail_html(
    face: Thumbnail, index: int, base: str, root: str, *, lazy: bool = True, named: bool = False
) -> Markup:
    """The inside of the tile of filter ``index``.

    No frame is drawn in it: side by side, frames are all that one sees.

    :param base: leads from the page to the layer's folder; ``root`` to the site's root.
    :param lazy: whether a picture waits until it is about to be seen.
    :param named: whether the picture has to say which filter it is, as no text beside it does.
    """
    alt = f"filter {index}" if named else ""
    if face.picture:
        sharp, waits = ' class="px"' if face.sharp else "", ' loading="lazy"' if lazy else ""
        return Markup(f'<img{sharp} src="{text(base + face.picture["file"])}" alt="{alt}"{waits}>')
    if face.tile:
        box = (face.tile.left, face.tile.top, face.tile.side, face.tile.side)
        return _part(face.tile.file, box, base, alt)
    if face.found:
        return window(face.found, root, alt, framed=False)
    if face.sprite:
        height, width = face.sprite["size"]
        kind = 'class="px" ' if face.sharp else ""
        return _part(face.sprite["picture"], (0, 0, width, height), base, alt, kind)
    return Markup(f'<span class="none">{index if named else text(face.word)}</span>')


def window(found: Found, root: str, alt: str = "", *, framed: bool = True) -> Markup:
    """A window of a published image, with a frame around what the filter sees of it."""
    assert found.picture is not None
    left, top, width, height, small = found.window
    rect = ""
    if framed and small:
        x, y, right, bottom = found.example["box"]
        rect = f'<rect x="{x}" y="{y}" width="{right - x}" height="{bottom - y}"/>'
    picture = {"file": found.picture["file"], "height": found.size[0], "width": found.size[1]}
    return _part(picture, (left, top, width, height), root, alt, 'class="crop" ', rect)


def _part(
    picture: Fact, box: Sequence[int], base: str, alt: str, kind: str = "", over: str = ""
) -> Markup:
    """Of a picture what is inside of a box [left, top, width, height]."""
    view = " ".join(map(str, box))
    named = f'role="img" aria-label="{alt}"' if alt else 'aria-hidden="true"'
    size = f'width="{picture["width"]}" height="{picture["height"]}"'
    image = f'<image href="{text(base + picture["file"])}" {size}/>'
    return Markup(f'<svg {kind}viewBox="{view}" {named}>{image}{over}</svg>')
