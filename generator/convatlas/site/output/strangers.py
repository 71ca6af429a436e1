"""Files in the output folder that no build wrote, which are told before they are removed."""

from __future__ import annotations

import logging
import re
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

from convatlas.site.output.digests import in_name

log = logging.getLogger(__name__)

MOST = 20
"""How many are told one by one; the rest only where everything is told (``-v``)."""

_TEMPORARY = re.compile(r"\.\d+\.tmp$")


@dataclass
class Strangers:
    """Tells of the files below ``root`` that are neither listed as published nor pictures of ours.

    What a killed build has left of a site that is different now counts as well.
    """

    root: Path
    published: Set[str]
    count: int = 0

    def tell(self, *paths: str) -> None:
        """Tell of those among the paths that no complete build has written."""
        for path in paths:
            if path in self.published or in_name(path) or _TEMPORARY.search(path):
                continue
            self.count += 1
            log.log(
                logging.WARNING if self.count <= MOST else logging.DEBUG,
                "%s: removed, since no complete build wrote it; `site: {keep: [%s]}` in the atlas "
                "file would keep it",
                self.root / path,
                path,
            )

    def tell_rest(self) -> None:
        """Tell how many files were not told one by one."""
        if self.count > MOST:
            log.warning("%s: %d more such files removed", self.root, self.count - MOST)
