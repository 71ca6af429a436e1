"""What is imported before anything is asked for, which every command waits for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import convatlas

CODE = """
import json, sys
from click.testing import CliRunner
from convatlas.cli import cli
assert CliRunner().invoke(cli, ["--help"]).exit_code == 0
print(json.dumps(sorted(sys.modules)))
"""


def test_help_imports_hardly_anything() -> None:
    """It is to be there in 0.15 s, of which Python and click take most."""
    environment = {"PYTHONPATH": str(Path(convatlas.__file__).parents[1]), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=environment, capture_output=True, check=True
    )
    modules = json.loads(done.stdout)
    ours = {name for name in modules if name.partition(".")[0] == "convatlas"}
    light = ("cli", "_version", "errors", "config.device_names")
    names = tuple(f"convatlas.{name}" for name in light)
    rest = {name for name in ours if not name.startswith(names)}
    assert rest <= {"convatlas", "convatlas.config"}
    assert not {"sqlite3", "yaml", "numpy", "pydantic", "jinja2", "tqdm"} & set(modules)
