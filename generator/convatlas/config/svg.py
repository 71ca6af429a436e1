"""SVG drawings that the author of an atlas provides: their size, and that nothing in them acts.

A page shows a drawing as a picture, in which no script runs. But the file is published too, and
where somebody opens it by itself, its scripts would run with the site's rights. So a drawing that
has any, or that loads something from elsewhere, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

_LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)(?:px)?\s*")
_LONGEST_SIDE = 100_000

_ACTIVE = {
    *("script", "handler", "listener", "foreignobject"),
    *("iframe", "embed", "object", "audio", "video"),
}
_FOREIGN = ("http://www.w3.org/1999/xhtml", "http://www.w3.org/1998/Math/MathML")
_INSIDE = re.compile(r"#|data:(image/(png|jpe?g|gif|webp|avif)|(application/(x-)?)?font)[;,/-]")
"""The beginnings of references that load nothing: within the drawing, pictures and fonts in it."""
_LINK = re.compile(r"https?:|mailto:|#")
_URL = re.compile(r"""url\(\s*["']?\s*([^)]*)|(@import|image-set\(|src\()""")
_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|(.))", re.DOTALL)
_REMEDY = "save it as plain SVG without it, or as PNG"


def drawing_size(data: bytes) -> tuple[int, int]:
    """Return the width and height of a drawing in pixels, or of its view box if it has none.

    Raises:
        ValueError: it is no drawing that can be published; the message continues a sentence after
            its name.
    """
    elements = _elements(data)
    root = elements[0]
    if root.tag.rpartition("}")[2] != "svg":
        raise ValueError("is no SVG picture; save it again")
    for element in elements:
        for what in _active(element):
            raise ValueError(f"{what}; {_REMEDY}")
    return _size(root)


def _elements(data: bytes) -> list[Element]:
    """Return all elements of a drawing, in their order.

    Raises:
        ValueError: it cannot be parsed, or names a style sheet of its own.
    """
    parser: ElementTree.XMLPullParser[Element] = ElementTree.XMLPullParser(("start", "pi"))
    try:
        parser.feed(data)
        parser.close()
        found = list(parser.read_events())
    except (ElementTree.ParseError, LookupError, ValueError) as error:  # unknown encodings, too
        raise ValueError("is an SVG that cannot be read; save it again") from error
    elements = [each for event in found for each in event if isinstance(each, Element)]
    if any(callable(each.tag) and "stylesheet" in str(each.text) for each in elements):
        raise ValueError(f"loads a style sheet from elsewhere; {_REMEDY}")
    return [each for each in elements if isinstance(each.tag, str)]


def _active(element: Element) -> Iterator[str]:
    """Yield what in an element would run, or load something from elsewhere."""
    space, _, name = element.tag.rpartition("}")
    if name.lower() in _ACTIVE or space.lstrip("{") in _FOREIGN:
        yield f"has an element <{name[:40]}>, in which a script can run"
    if name.lower() == "style" and _loads("".join(element.itertext())):
        yield "has a style that loads something from elsewhere"
    for key, value in element.attrib.items():
        attribute = key.rpartition("}")[2].lower()
        if key.lower().startswith("on"):
            yield f"has a script in the attribute {key[:40]}"
        elif attribute in ("href", "src") and not _stays(name, value):
            yield f"refers to {value.strip()[:80]!r}, which is not in it"
        elif attribute == "attributename" and re.search(r"href$|^on", value.strip().lower()):
            yield f"animates the attribute {value.strip()[:40]}, in which a script can run"
        elif _loads(value):
            yield f"has an attribute {attribute[:40]} that loads something from elsewhere"


def _stays(element: str, reference: str) -> bool:
    """Return whether a reference loads nothing from elsewhere; a link may lead there."""
    plain = re.sub(r"[\x00-\x20]", "", reference).lower()
    link = element.lower() == "a" and _LINK.match(plain)
    return not plain or bool(link or _INSIDE.match(plain))


def _loads(css: str) -> bool:
    """Return whether a style loads something from elsewhere."""
    plain = _ESCAPE.sub(lambda each: _character(each[1]) if each[1] else each[2], css.lower())
    return any(other or not _INSIDE.match(url) for url, other in _URL.findall(plain))


def _character(digits: str) -> str:
    code = int(digits, 16)
    return chr(code) if code < 0x110000 else ""


def _size(root: Element) -> tuple[int, int]:
    sides = [_LENGTH.fullmatch(root.get(side, "")) for side in ("width", "height")]
    lengths = [side[1] for side in sides if side]
    if len(lengths) < 2:
        lengths = re.split(r"[\s,]+", root.get("viewBox", "").strip())[2:]
    try:
        width, height = (round(float(length)) for length in lengths)
    except (ValueError, OverflowError):
        raise ValueError("is an SVG of no size; give it a viewBox") from None
    if min(width, height) < 1:
        raise ValueError("is an SVG of no size; give it a viewBox")
    if max(width, height) > _LONGEST_SIDE:
        raise ValueError(f"is an SVG of more than {_LONGEST_SIDE:,} pixels a side; make it smaller")
    return width, height
