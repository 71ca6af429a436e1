"""The user's own Python code: which modules it is made of, and how it is imported afresh."""

from __future__ import annotations

import ast
import importlib.util
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from convatlas.errors import is_installed


def package_folders() -> tuple[Path, ...]:
    """Return the folders of installed packages, whose names contain the packages' versions."""
    return tuple({Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")})


class FreshLoader(SourceFileLoader):
    """Compiles a module from its source, never from cached bytecode.

    Python takes the bytecode of an older source for that of a newer one that has the same size and,
    to the second, the same time.
    """

    def get_code(self, fullname: str) -> CodeType:
        """Compile the source."""
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


class _FreshFinder(MetaPathFinder):
    """Finds what the finders after it find; modules that are not installed are compiled anew."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return a module's spec."""
        rest = sys.meta_path[sys.meta_path.index(self) + 1 :]
        specs = (finder.find_spec(fullname, path, target) for finder in rest)
        spec = next((spec for spec in specs if spec is not None), None)
        origin = spec.origin if spec and type(spec.loader) is SourceFileLoader else None
        if spec and origin and not is_installed(Path(origin)):
            spec.loader = FreshLoader(fullname, origin)
        return spec


@contextmanager
def compiled_afresh() -> Iterator[None]:
    """Compile modules that are not installed from their sources while the context is active."""
    finder = _FreshFinder()
    place = sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else len(sys.meta_path)
    sys.meta_path.insert(place, finder)
    try:
        yield
    finally:
        if finder in sys.meta_path:  # the user's code may have removed it
            sys.meta_path.remove(finder)


def imported_by(modules: Iterable[ModuleType]) -> dict[str, Path]:
    """Return the files of the modules that modules import, directly or not, and not installed.

    Their ``import`` statements say so, wherever they stand. Modules that are not loaded are left
    out, and so is this package, which is no part of a network.
    """
    found, waiting = dict[str, Path](), list(modules)
    while waiting:
        module = waiting.pop()
        for name in _imports(module):
            file = file_of(name)
            ours = name.partition(".")[0] == __name__.partition(".")[0]
            if file and name not in found and not ours and not is_installed(file):
                found[name] = file
                waiting.append(sys.modules[name])
    return found


def file_of(name: str) -> Path | None:
    """Return the file of a loaded module, as a path without links."""
    file = getattr(sys.modules.get(name), "__file__", None)
    return Path(file).resolve() if isinstance(file, str) else None


def _imports(module: ModuleType) -> Iterator[str]:
    """Yield the names that a module's ``import`` statements may mean by modules."""
    file = getattr(module, "__file__", None)
    if not isinstance(file, str) or not file.endswith(".py"):
        return
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):  # then nothing more is known of it
        return
    package = getattr(module, "__package__", None) or ""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _with_parents(alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, package)
            yield from _with_parents(base)
            yield from (f"{base}.{alias.name}" for alias in node.names if base)


def _base(node: ast.ImportFrom, package: str) -> str:
    """Return the absolute name of the module that ``from ... import`` names; empty if none."""
    name = "." * node.level + (node.module or "")
    try:
        return importlib.util.resolve_name(name, package) if node.level else name
    except ImportError:
        return ""


def _with_parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[: count + 1]) for count in range(len(parts))] if name else []
