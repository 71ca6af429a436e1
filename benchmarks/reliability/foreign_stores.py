"""Files that are no store, named as one, to every command: do they stay as they are?

``python benchmarks/reliability/foreign_stores.py``: each kind of ``tests/support/foreign_files.py``
with each command, by ``--store`` and by ``store:``.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from click.testing import CliRunner
from project import ROOT, Project, row

from convatlas.cli import cli
from convatlas.errors import ForeignStore

sys.path.insert(0, str(ROOT / "tests"))

from support.foreign_files import FOREIGN, standing

COMMANDS = (
    ("build",),
    ("build", "--pages"),
    ("plan",),
    ("layers",),
    ("cache", "ls"),
    ("cache", "verify"),
    ("cache", "gc"),
)
PLACE = "../elsewhere/mine"


def held(folder: Path, command: tuple[str, ...]) -> bool:
    """Run a command; return whether it refuses the file by name, and leaves it as it is."""
    before = standing(folder / "elsewhere")
    result = CliRunner().invoke(cli, command)
    refused = isinstance(result.exception, ForeignStore) and result.exception.exit_code == 2
    named = PLACE in str(result.exception) and "nothing was changed" in str(result.exception)
    if refused and named and standing(folder / "elsewhere") == before:
        return True
    print(command, result.output, repr(result.exception), file=sys.stderr)
    return False


def main() -> None:
    """Every kind with every command."""
    results = []
    for make in FOREIGN.values():
        with tempfile.TemporaryDirectory(prefix="foreign-") as name:
            folder = Path(name)
            project = Project.make(folder / "atlas", filters=2)
            (folder / "elsewhere").mkdir()
            make(folder / "elsewhere" / "mine")
            os.chdir(project.folder)
            results += [held(folder, (*command, "--store", PLACE)) for command in COMMANDS]
            atlas = project.folder / "atlas.yaml"
            atlas.write_text(f"store: {PLACE}\n{atlas.read_text()}")
            results += [held(folder, command) for command in COMMANDS]
            os.chdir(ROOT)
    kinds = f"{len(FOREIGN)} kinds, {len(COMMANDS)} commands"
    row("a file that is no store, named as one", len(results), sum(results), kinds)


if __name__ == "__main__":
    main()
