"""Imports run one way, and what need not be imported is not."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import convatlas

PACKAGE = Path(convatlas.__file__).parent

MAY_IMPORT = {
    "_version": set(),
    "errors": set(),
    "model": {"errors"},
    "config": {"model", "errors"},
    "store": {"model", "errors"},
    "network": {"config", "model", "errors"},
    "cores": set(),
    "forked": set(),
    "images": {"config", "model", "errors", "cores", "forked"},
    "demo": set(),
    "ui": {"images", "config", "model"},
    "lenses": {"ui", "network", "images", "config", "model", "errors"},
    "opening": {
        "_version",
        "lenses",
        "network",
        "images",
        "store",
        "config",
        "model",
        "errors",
    },
    "planning": {"lenses", "store", "model"},
    "rendering": {"_version", "lenses", "store", "model", "errors", "cores", "forked"},
    "deriving": {"planning", "rendering", "lenses", "images", "store", "model"},
    "site": {"_version", "ui", "lenses", "images", "config", "model", "errors"},
    "work": {"rendering", "opening", "lenses", "errors"},
    "pipeline": {
        "work",
        "site",
        "deriving",
        "rendering",
        "planning",
        "opening",
        "ui",
        "lenses",
        "store",
        "config",
        "model",
        "errors",
    },
    "reader": {"lenses", "model", "errors"},
    "receipts": {
        "_version",
        "pipeline",
        "site",
        "opening",
        "lenses",
        "images",
        "store",
        "config",
        "model",
        "errors",
    },
    "api": {"work", "pipeline", "opening", "rendering", "store", "config"},
}
"""Each folder of the package, and those that it may import from. ``cli`` may import from all."""


def rooms() -> list[str]:
    return sorted(
        {p.relative_to(PACKAGE).parts[0].removesuffix(".py") for p in PACKAGE.rglob("*.py")}
    )


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("convatlas"):
            parts = node.module.split(".")
            yield from [parts[1]] if len(parts) > 1 else _names(node)
        if isinstance(node, ast.Import):
            yield from [n.name.split(".")[1] for n in node.names if n.name.startswith("convatlas.")]


def _names(node: ast.ImportFrom) -> list[str]:
    known = set(rooms())
    return [name.name if name.name in known else "__init__" for name in node.names]


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_imports_run_one_way(room: str) -> None:
    place = PACKAGE / room
    files = list(place.rglob("*.py")) if place.is_dir() else [PACKAGE / f"{room}.py"]
    for file in files:
        strangers = set(imports(file)) - MAY_IMPORT[room] - {room}
        assert not strangers, f"{file.relative_to(PACKAGE)} imports {strangers}"


def test_every_room_has_its_rule() -> None:
    assert set(rooms()) - set(MAY_IMPORT) == {"cli", "__init__", "__main__"}


def test_of_another_lens_a_lens_imports_what_it_declares_alone() -> None:
    lenses = [place for place in (PACKAGE / "lenses").iterdir() if (place / "lens.py").exists()]
    allowed = (".entries", ".options", ".records")
    for lens in lenses:
        foreign = re.compile(
            rf"convatlas\.lenses\.(?!{lens.name}\b|base\b|registry\b|parts\b)(\w+)(\.\w+)?"
        )
        for file in lens.rglob("*.py"):
            for found in foreign.finditer(file.read_text(encoding="utf-8")):
                assert found[2] in allowed, f"{file} imports {found[0]}"


@pytest.mark.parametrize("room", ["cli", "planning", "site", "ui"])
def test_what_shows_all_lenses_names_none(room: str) -> None:
    named = re.compile(r"convatlas\.lenses\.(?!base\b|dead\b|parts\b|registry\b)\w+")
    for file in (PACKAGE / room).rglob("*.py"):
        assert not named.search(file.read_text(encoding="utf-8")), file


def test_the_shapes_of_records_are_declared_without_what_is_heavy() -> None:
    for file in (PACKAGE / "lenses").glob("*/records.py"):
        assert set(imports(file)) <= {"lenses", "model"}, file
        assert "numpy" not in file.read_text(encoding="utf-8"), file


@pytest.mark.parametrize(
    "module",
    [
        "convatlas",
        "convatlas.cli",
        "convatlas.pipeline",
        "convatlas.lenses.registry",
        "convatlas.demo",
    ],
)
def test_torch_is_not_imported_by(module: str) -> None:
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    environment = {"PYTHONPATH": str(PACKAGE.parent), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    assert done.returncode == 0
