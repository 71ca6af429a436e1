"""Draw the package's folders and their imports in Mermaid: ``python docs/folders.py [--check]``.

The drawing stands in ``explanation/architecture.md``. An arrow leads from a folder to one that it
imports from; arrows that others imply are left out. With ``--check`` nothing is written; the exit
code is 1 if the drawing is not what it would be.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

DOCS = Path(__file__).resolve().parent
PACKAGE = DOCS.parent / "generator" / "convatlas"
PAGE = DOCS / "explanation" / "architecture.md"
BEGIN, END = "```mermaid\n", "```\n"
APART = {"__init__", "__main__", "_version", "errors"}
"""Modules that anything may import, or that nothing does."""

Graph = Mapping[str, set[str]]


def folders() -> dict[str, set[str]]:
    """Return each folder, or module at the root, with those that it imports from."""
    graph: dict[str, set[str]] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        name = _room(file.relative_to(PACKAGE).as_posix())
        graph.setdefault(name, set()).update(_imports(file))
    return {
        name: {other for other in found if other != name and other not in APART}
        for name, found in graph.items()
        if name not in APART
    }


def _room(path: str) -> str:
    return path.partition("/")[0].removesuffix(".py")


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.ImportFrom)
            and node.module
            and node.module.startswith("convatlas.")
        ):
            yield node.module.split(".")[1]


def reduced(graph: Graph) -> dict[str, set[str]]:
    """Return the graph without the arrows that follow from others.

    Raises:
        ValueError: the graph has a circle.
    """
    below = {name: _reached(graph, name, ()) for name in graph}
    return {
        name: {
            other
            for other in found
            if not any(other in below[between] for between in found if between != other)
        }
        for name, found in graph.items()
    }


def _reached(graph: Graph, name: str, path: tuple[str, ...]) -> set[str]:
    if name in path:
        raise ValueError(f"imports run in a circle: {' -> '.join((*path, name))}")
    found = graph.get(name, set())
    return found.union(*(_reached(graph, other, (*path, name)) for other in found))


def drawing() -> str:
    """Return the Mermaid text."""
    graph = reduced(folders())
    lines = ["flowchart TD"]
    lines += [f"  {name} --> {other}" for name in sorted(graph) for other in sorted(graph[name])]
    alone = set(graph) - {o for found in graph.values() for o in found}
    lines += [f"  {name}" for name in sorted(alone) if not graph[name]]
    return "\n".join(lines) + "\n"


def page() -> str:
    """Return the text of the page with the drawing as it should be."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + drawing() + END + rest.partition(END)[2]


def main() -> None:
    """Write the page, or check it."""
    written = page()
    if "--check" in sys.argv[1:]:
        sys.exit(PAGE.read_text(encoding="utf-8") != written)
    PAGE.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
