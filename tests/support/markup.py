"""Pages as they would be written by hand: tests are about what they say, not in how few bytes."""

from __future__ import annotations

import re

_TAG = re.compile(r"<(/?)([a-z][\w-]*)([^<>]*)>")
_BARE = re.compile(r"(?<=\s)([a-zA-Z-]+)=([^\s\"'<>]+?)(?=\s|/?$)")
_EMPTY = re.compile(r"\salt(?=\s|$)")
_ENDS_P = re.compile(
    "article|details|div|dl|figure|footer|h[1-6]|header|main|nav|ol|p|pre|section|table|ul"
)


def written(page: bytes | str) -> str:
    """The text of a page with all attributes in quotes and all paragraphs closed."""
    text = page.decode("utf-8", "replace") if isinstance(page, bytes) else page
    is_open = False

    def tag(found: re.Match[str]) -> str:
        nonlocal is_open
        end, name, attributes = found.groups()
        implied = is_open and _ENDS_P.fullmatch(name) and not (end and name == "p")
        if name == "p":
            is_open = not end
        elif implied:
            is_open = False
        quoted = _BARE.sub(r'\1="\2"', _EMPTY.sub(' alt=""', attributes))
        return f"{'</p>' if implied else ''}<{end}{name}{re.sub(' /$', '/', quoted)}>"

    return _TAG.sub(tag, text)
