"""Templates in fewer bytes: they are written to be read, but pages are made by the ten thousand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2.ext import Extension
from jinja2.lexer import TOKEN_DATA, Token, TokenStream

_TAG = re.compile(r"<[^<>]*>?")
_QUOTED = re.compile(r'(?<=\s)([a-z-]+)="([\w./#:-]+)"(?=[\s>])')
_BLOCK = (
    r"</?(?:article|body|d[dlt]|details|div|fieldset|fig(?:caption|ure)|footer|h[1-6]?|head|header|"
    r"html|li|link|main|meta|nav|[ou]l|p|script|section|summary|t(?:able|body|d|h|head|itle|r))\b"
)
_BEFORE = re.compile(rf"\s*\n\s*(?={_BLOCK})")
_AFTER = re.compile(rf"({_BLOCK}[^<>]*>)\s*\n\s*")
_IMPLIED = re.compile(
    r"</p>(?=</?(?:article|details|div|dl|figure|footer|h[1-6]|header|main|nav|[ou]l|p|pre|section|"
    r"table)\b)"
)


class ThinHtml(Extension):
    """Leaves out of templates what no browser needs, when they are compiled.

    That is quotes around attributes of one word, the ends of lines beside tags that start a line
    of their own anyway, and the ends of paragraphs where the next tag implies them. What a template
    fills in stays in its quotes.
    """

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Yield the tokens of a template with less text between its statements."""
        inside = False
        for token in stream:
            if token.type == TOKEN_DATA:
                text = _without_quotes(token.value, inside)
                text = _IMPLIED.sub("", _AFTER.sub(r"\1", _BEFORE.sub("", text)))
                inside = _ends_inside(token.value, inside)
                yield Token(token.lineno, TOKEN_DATA, text)
            else:
                yield token


def _without_quotes(text: str, inside: bool) -> str:
    """Return a part of a template without the quotes that its tags do not need.

    Args:
        text: The part, which may start and end within a tag.
        inside: Whether it starts within one.
    """
    first, end, rest = text.partition(">") if inside else ("", "", text)
    return _bare(first + end) + _TAG.sub(lambda tag: _bare(tag[0]), rest)


def _bare(tag: str) -> str:
    return _QUOTED.sub(r"\1=\2", tag)


def _ends_inside(text: str, inside: bool) -> bool:
    """Return whether a part that starts within a tag, or not, ends within one."""
    start, end = text.rfind("<"), text.rfind(">")
    return inside if start == end else start > end
