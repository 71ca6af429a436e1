"""Import and call the user's code that a configuration names."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from convatlas.config.opened_files import data_files, files_opened
from convatlas.config.sources import Source
from convatlas.config.suggestions import did_you_mean

T = TypeVar("T")

_ONE_AT_A_TIME = threading.RLock()
"""Threads that load images ahead call user code too, and neither stdout nor that code's state need
be thread-safe."""


class UserCodeError(Exception):
    """The user's code could not be imported, or it raised; the message says why in one sentence."""


@dataclass(frozen=True)
class Made:
    """The value that a source's callable returned, and the code and data files it came from."""

    value: Any
    files: tuple[Path, ...]
    data: tuple[Path, ...] = ()
    """Files that the code read while it ran, such as a weights file."""


def make(source: Source, arguments: Mapping[str, Any], folder: Path) -> Made:
    """Import the object that ``module:callable`` or ``file.py:callable`` names, and call it.

    While the code runs, modules can be imported from ``folder`` or, for a file, from the file's own
    folder. A file is run afresh each time, and modules imported from its folder are then forgotten,
    because two files may have siblings with the same name. An object that is already a network or a
    data set is returned without a call.

    Raises:
        UserCodeError: the module or attribute does not exist, or the code raises.
    """
    file = (folder / source.target).resolve() if source.kind == "file" else None
    place = file.parent if file else folder.resolve()
    before = set(sys.modules)
    with _on_path(place), files_opened() as opened:
        module = _load(file, source.target) if file else _import(source.target)
        function = _attribute(module, source)
        if _is_made(function) and not arguments:
            value = function
        else:
            value = call(lambda: function(**arguments), f"{source.target}:{source.attribute}")
    siblings = _inside(place, set(sys.modules) - before)
    own = siblings if file else {**siblings, **_package(source.target)}
    if file:
        for name in siblings.keys() - {module.__name__}:
            del sys.modules[name]
    code = sorted({*own.values(), *([file] if file else [])})
    return Made(value, tuple(code), data_files(opened))


def call(function: Callable[[], T], name: str) -> T:
    """Call the user's code, with its output sent to stderr because stdout is for results.

    Raises:
        UserCodeError: the code raised; the message names ``name`` and the cause.
    """
    try:
        with _ONE_AT_A_TIME, contextlib.redirect_stdout(sys.stderr):
            return function()
    except (Exception, SystemExit) as error:  # the user's code may raise anything
        raise UserCodeError(f"{name} {_describe(error)}") from error


def _describe(error: BaseException) -> str:
    """Describe an exception: what was raised, where in the user's code, and the remedy."""
    first = str(error).strip().partition("\n")[0]
    text = f"raised {type(error).__name__}" + (f" ({first})" if first else "")
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is not None and trace.tb_frame.f_code.co_filename != __file__:
        text += f" in {Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno}"
    if isinstance(error, ModuleNotFoundError):
        return f"{text}; install {error.name}, or put it beside the file"
    if isinstance(error, TypeError):
        return f"{text}; compare `arguments` with what it takes"
    return f"{text}; correct the code or its `arguments`"


def _import(name: str) -> ModuleType:
    try:
        found = name in sys.modules or importlib.util.find_spec(name) is not None
    except (ModuleNotFoundError, ValueError):
        found = False
    if not found:
        message = "install it, or put it into the folder of the configuration file"
        raise UserCodeError(f"there is no module {name}; {message}")
    return call(lambda: importlib.import_module(name), f"importing {name}")


def _load(file: Path, written: str) -> ModuleType:
    """Run a file as a module whose name depends on its path as written, not on the machine."""
    mark = hashlib.sha256(written.encode()).hexdigest()[:8]
    name = f"_convatlas_{file.stem}_{mark}".replace(".", "_")
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise UserCodeError(f"{written} is no Python file; name one that ends in .py")
    module = importlib.util.module_from_spec(spec)
    loader = spec.loader
    sys.modules[name] = module
    try:
        call(lambda: loader.exec_module(module), f"running {written}")
    except UserCodeError:
        del sys.modules[name]
        raise
    return module


def _attribute(module: ModuleType, source: Source) -> Any:
    value: Any = module
    for part in source.attribute.split("."):
        known = [each for each in dir(value) if not each.startswith("_")]
        if not hasattr(value, part):
            raise UserCodeError(f"{source.target} has no '{part}'; {did_you_mean(part, known)}")
        value = getattr(value, part)
    if not callable(value) and not _is_made(value):
        kind = type(value).__name__
        name = f"{source.target}:{source.attribute}"
        raise UserCodeError(f"{name} is of type {kind}; name a function or class to call")
    return value


def _is_made(value: Any) -> bool:
    """Return whether a value is a network or data set rather than a callable that makes one."""
    if isinstance(value, type):
        return False
    return hasattr(value, "state_dict") or (
        hasattr(value, "__getitem__") and hasattr(value, "__len__")
    )


@contextlib.contextmanager
def _on_path(folder: Path) -> Iterator[None]:
    entry = str(folder)
    sys.path.insert(0, entry)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):  # the user's code may have removed it
            sys.path.remove(entry)


def _inside(folder: Path, names: set[str]) -> dict[str, Path]:
    """Select the modules whose files are in a folder, except packages installed below it."""
    found = {}
    for name, file in _files(names).items():
        if file.is_relative_to(folder):
            parts = file.relative_to(folder).parts
            if not {"site-packages", "dist-packages"} & set(parts):
                found[name] = file
    return found


def _package(target: str) -> dict[str, Path]:
    """Return the loaded modules of a module's package; of ours, those of the demo alone.

    What else of ours is loaded differs from command to command, and is no part of the network.
    """
    top, *rest = target.split(".")
    ours = top == __name__.partition(".")[0]
    package = ".".join([top, *rest[:1]]) if ours else top
    return _files({name for name in sys.modules if f"{name}.".startswith(f"{package}.")})


def _files(names: set[str]) -> dict[str, Path]:
    files = {name: getattr(sys.modules.get(name), "__file__", None) for name in names}
    return {name: Path(file).resolve() for name, file in files.items() if isinstance(file, str)}
