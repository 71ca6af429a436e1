"""Two files of weights to compare."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from convatlas.config.filters import LONGEST_NAME
from convatlas.config.reserved_names import RESERVED
from convatlas.model.comparison import Match


@dataclass(frozen=True)
class Checkpoints:
    """Two files with weights of one network."""

    before: Path
    after: Path
    match: Match = "index"

    @property
    def names(self) -> tuple[str, str]:
        """What their networks are called: as the files, without their endings, where that can be.

        It cannot be where both are called the same, or one as a page of the site.
        """
        one, other = (file.stem[:LONGEST_NAME] for file in (self.before, self.after))
        folded = {one.casefold(), other.casefold()}
        if len(folded) < 2 or folded & RESERVED or not (one + other).isprintable():
            return "before", "after"
        return one, other
