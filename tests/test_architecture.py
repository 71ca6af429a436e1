"""Imports run one way, and what need not be imported is not."""

from __future__ import annotations

import ast
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
    "images": {"config", "model", "errors"},
    "demo": set(),
    "ui": {"config", "model"},
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
    "rendering": {"lenses", "store", "model", "errors"},
    "deriving": {"planning", "rendering", "lenses", "images", "store", "model"},
    "site": {"_version", "ui", "lenses", "config", "model", "errors"},
    "pipeline": {
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
    "api": {"pipeline", "rendering", "store", "config"},
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


def test_lenses_do_not_import_each_other() -> None:
    lenses = [
        p for p in (PACKAGE / "lenses").iterdir() if p.stem not in ("base", "registry", "__init__")
    ]
    for lens in lenses:
        others = {other.stem for other in lenses} - {lens.stem}
        for file in lens.rglob("*.py") if lens.is_dir() else [lens]:
            text = file.read_text(encoding="utf-8")
            for other in others - {"__pycache__"}:
                assert f"convatlas.lenses.{other}." not in text, f"{file} imports {other}"


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
