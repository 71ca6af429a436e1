"""The data files of a site."""

from __future__ import annotations

import json
from pathlib import Path

from convatlas.errors import SiteError
from convatlas.model.records import Json


def read_json(file: Path) -> Json:
    """Return the content of a JSON file.

    Raises:
        SiteError: it is not there, or holds no JSON.
    """
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise SiteError(f"{file} cannot be read ({error}); build the site again") from None
