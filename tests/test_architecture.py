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
    "errors": set(),
    "records": {"errors"},
    "config": {"records", "errors"},
    "rescue": set(),
    "collecting": set(),
    "verdicts": {"records"},
    "crops": {"records"},
    "store": {"rescue", "records", "errors"},
    "upkeep": {"store"},
    "network": {"config", "records", "errors"},
    "images": {"config", "records", "errors"},
    "demo": set(),
    "lenses": {"network", "images", "config", "verdicts", "crops", "records", "errors"},
    "site": {"store", "config", "verdicts", "crops", "records", "errors", "__init__"},
    "plan": {"collecting", "lenses", "store", "records", "errors"},
    "render": {"lenses", "store", "records", "errors"},
    "memory": {"store", "config", "records", "errors", "__init__"},
    "matching": {"config", "records", "errors"},
    "naming": {"matching", "config", "records", "errors"},
    "showing": {"matching", "naming", "config", "records", "errors"},
    "opening": {
        "matching",
        "naming",
        "showing",
        "memory",
        "lenses",
        "network",
        "images",
        "config",
        "records",
        "errors",
    },
    "neighbours": set(),
    "seriation": set(),
    "derived": {"plan", "lenses", "records"},
    "kinship": {"derived", "neighbours", "seriation", "plan", "lenses", "records"},
    "montage": {"derived", "plan", "lenses", "images", "verdicts", "crops", "records"},
    "derive": {"derived", "kinship", "montage", "social", "plan", "render", "store"},
    "social": {"montage", "derived", "plan", "images", "records"},
    "pipeline": {
        "collecting",
        "derive",
        "derived",
        "opening",
        "memory",
        "plan",
        "render",
        "site",
        "lenses",
        "store",
        "config",
        "records",
        "errors",
    },
    "estimate": {"plan", "lenses", "store"},
    "summary": {"pipeline", "site", "upkeep", "store", "records"},
    "progress": set(),
    "starter": {"errors"},
    "api": {"pipeline", "progress", "config", "store"},
    "rebuilding": {"pipeline", "progress", "site", "config", "store"},
}
"""Each room, and the rooms it may import from. ``cli`` may import from all of them."""


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
        p for p in (PACKAGE / "lenses").iterdir() if p.stem not in ("lens", "registry", "__init__")
    ]
    for lens in lenses:
        others = {other.stem for other in lenses} - {lens.stem}
        for file in lens.rglob("*.py") if lens.is_dir() else [lens]:
            text = file.read_text(encoding="utf-8")
            for other in others - {"__pycache__"}:
                assert f"convatlas.lenses.{other}" not in text, f"{file} imports {other}"


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
