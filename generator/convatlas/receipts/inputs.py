"""What a build depends on, and the state that it was in before the build read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from convatlas.model.records import Json, digest
from convatlas.receipts.installation import Installation
from convatlas.receipts.stamps import file, pictures, tree

KINDS = {"files": file, "trees": tree, "pictures": pictures}
"""What returns the states of files, of folders of which every file counts, and of folders of which
the images count."""


@dataclass(frozen=True)
class Inputs:
    """Everything that a build depends on but records.

    The same inputs are opened as the same networks and images, and ask for the same records.
    """

    atlas: str
    """A digest of the atlas file's values, with those of environment variables in their places."""
    installation: str
    states: Mapping[str, Mapping[str, str]]
    """The state of each file and folder by absolute path, by kind; some may be missing."""
    datasets: Sequence[str]
    """What the store's memo calls the data sets from code, which tell of every change by a
    fingerprint."""

    @property
    def digest(self) -> str:
        """A text that differs from that of all other inputs."""
        return digest(asdict(self))

    def changes(self, atlas: Json, installation: Installation) -> Iterator[str]:
        """Yield what is not as it was, except data sets; ``atlas`` are the atlas file's values."""
        if self.installation != installation.digest:
            yield "what is installed"
        if self.atlas != digest(atlas):
            yield "the atlas file, or a variable in it"
        for kind, known in self.states.items():
            yield from (path for path in known if KINDS[kind](path).digest != known[path])
