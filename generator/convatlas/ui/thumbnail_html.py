"""A filter's tile as HTML: a page may have a thousand of them.

So it is written here and not by a template. How large a tile is says the style sheet of the page.
"""

from __future__ import annotations

from markupsafe import Markup

from convatlas.model.manifest import File
from convatlas.ui.fast_jinja import text
from convatlas.ui.thumbnails import Box, Thumbnail


def thumbnail_html(
    shown: Thumbnail, index: int, base: str, root: str, *, lazy: bool = True, named: bool = False
) -> Markup:
    """Return the inside of the tile of filter ``index``.

    No frame is drawn in it: side by side, frames are all that one sees.

    Args:
        base: leads from the page to the layer's folder.
        root: leads from the page to the site's root.
        lazy: whether a picture waits until it is about to be seen.
        named: whether the picture has to say which filter it is, as no text beside it does.
    """
    if shown.picture is None:
        return Markup(f'<span class="none">{index if named else text(shown.word)}</span>')
    alt = str(index) if named else ""
    base = root if shown.from_root else base
    if shown.box:
        kind = f"class={shown.look} " if shown.look else ""
        return part_html(shown.picture, shown.box, base, alt, kind, scaled=shown.from_root)
    kind = f" class={shown.look}" if shown.look else ""
    waits = " loading=lazy" if lazy else ""
    told = f"={alt}" if alt else ""
    return Markup(f"<img{kind} src={text(base + shown.picture['file'])} alt{told}{waits}>")


def part_html(
    picture: File,
    box: Box,
    base: str,
    alt: str = "",
    kind: str = "",
    over: str = "",
    *,
    scaled: bool = True,
) -> Markup:
    """Return the part of a picture that is inside of a box, with SVG over it.

    Args:
        base: leads from the page to where the picture's path starts.
        kind: an attribute with a blank at its end: 'class="px" '.
        scaled: whether its file may have other sides than the picture is to have.
    """
    view = " ".join(map(str, box))
    named = f"role=img aria-label={alt}" if alt else "role=none"
    size = f' width="{picture["width"]}" height="{picture["height"]}"' if scaled else ""
    image = f'<image href="{text(base + picture["file"])}"{size}/>'
    return Markup(f'<svg {kind}viewBox="{view}" {named}>{image}{over}</svg>')
