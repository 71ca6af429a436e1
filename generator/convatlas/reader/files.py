"""The data files of a site."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from convatlas.errors import SiteError
from convatlas.model.columns import FORMAT, objects
from convatlas.model.records import Json

DAMAGED = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What reading the content of a damaged file may raise."""


def read_json(file: Path) -> Json:
    """Return the content of a JSON file.

    Raises:
        SiteError: it is not there, or holds no JSON.
    """
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise SiteError(f"{file} cannot be read ({error}); build the site again") from None


def read_rows(file: Path, key: str) -> tuple[Sequence[Mapping[str, Json]], Json]:
    """Return the objects whose columns a file has under a key, and all its content.

    Raises:
        SiteError: the file is missing, damaged, or of another version.
    """
    content = read_json(file)
    try:
        number = content.get("format", 1)
        if number != FORMAT:
            raise SiteError(
                f"{file} has form {number} of {file.name}, and this version of convatlas "
                f"reads form {FORMAT}; publish the site again with convatlas build --pages"
            )
        return objects(content[key], content["count"]), content
    except DAMAGED as error:
        raise damaged(file, error) from None


def damaged(file: Path, error: Exception) -> SiteError:
    """Return the error that a file's content is not what it should be."""
    return SiteError(f"{file} is damaged ({error}); build the site again")
