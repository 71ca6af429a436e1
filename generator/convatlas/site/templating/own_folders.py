"""Where our own templates and static files are."""

from __future__ import annotations

from pathlib import Path

import convatlas
from convatlas.errors import SiteError


def own_folder(kind: str) -> Path:
    """Return our own ``templates`` or ``static``: inside the package (a wheel) or in the checkout.

    Raises:
        SiteError: there is no such folder.
    """
    package = Path(convatlas.__file__).resolve().parent
    places = (package / kind, package.parents[1] / kind)
    for place in places:
        if place.is_dir():
            return place
    raise SiteError(f"there is no folder {places[0]} or {places[1]}; install convatlas again")
