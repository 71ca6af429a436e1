"""Files that are no store, named as one, by every command: do they stay as they are?

``python benchmarks/reliability/foreign_stores.py``: each kind of ``tests/support/foreign_files.py``
with each command, twice, by ``--store`` and by ``store:``.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from project import ROOT, Project, row

sys.path.insert(0, str(ROOT / "tests"))

from support.foreign_files import FOREIGN, standing

COMMANDS = (
    ("build", "--pages"),
    ("plan",),
    ("layers",),
    ("cache", "ls"),
    ("cache", "verify"),
    ("cache", "gc"),
)


def main() -> None:
    """Every kind with every command."""
    tried = held = 0
    for name, make in FOREIGN.items():
        with tempfile.TemporaryDirectory(prefix="foreign-") as folder:
            project = Project.make(Path(folder) / "atlas", filters=2)
            place = Path(folder) / "elsewhere"
            place.mkdir()
            make(place / "mine")
            before = standing(place)
            text = (project.folder / "atlas.yaml").read_text()
            for number, command in enumerate(COMMANDS * 2):
                named = number >= len(COMMANDS)
                line = "store: ../elsewhere/mine\n" if named else ""
                (project.folder / "atlas.yaml").write_text(line + text)
                more = () if named else ("--store", "../elsewhere/mine")
                said = project.run(*command, *more, code=2)
                tried += 1
                if "nothing was changed" in said and standing(place) == before:
                    held += 1
                else:
                    print(f"{name}, {command}: {said}", file=sys.stderr)
    row("files that are no store, named as one", tried, held, f"{len(FOREIGN)} kinds")


if __name__ == "__main__":
    main()
