"""How the memo knows the content of a data set from code: by a fingerprint that the code gives."""

from __future__ import annotations

from typing import Any

from convatlas.model.records import digest

DATASETS = "dataset/"
"""Prefix of the memo's keys for data sets."""


def loaded_by(value: Any) -> Any:
    """Return the data set of a loader, and anything else as it is."""
    return value if hasattr(value, "__getitem__") else getattr(value, "dataset", value)


def memo_key(dataset: Any, source: str) -> str | None:
    """Return the memo's key for the content of a data set, or None if it may always have changed.

    A data set may have an attribute ``fingerprint``, a text that changes whenever its content does.
    """
    mark = getattr(dataset, "fingerprint", None)
    return f"{DATASETS}{digest([source, mark])}" if isinstance(mark, str) else None
