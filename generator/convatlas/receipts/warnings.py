"""Warnings about images, which are told by every build, also by one that opens no images."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

IMAGES = logging.getLogger("convatlas.images")
"""What warns when image sets are opened."""


@contextmanager
def collected() -> Iterator[Sequence[str]]:
    """Collect the texts of warnings in a ``with`` block; they are told all the same."""
    handler = _Collector()
    IMAGES.addHandler(handler)
    try:
        yield handler.told
    finally:
        IMAGES.removeHandler(handler)


def told_again(warnings: Sequence[str]) -> None:
    """Tell warnings that were collected earlier."""
    for warning in warnings:
        IMAGES.warning("%s", warning)


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(record.getMessage())
