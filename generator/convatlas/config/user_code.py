"""Import and call the user's code that a configuration names."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import logging
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from convatlas.config.kept_settings import kept_settings
from convatlas.config.own_code import FreshLoader, compiled_afresh, file_of, imported_by
from convatlas.config.sources import Source
from convatlas.config.suggestions import did_you_mean
from convatlas.errors import is_installed, located, raised

log = logging.getLogger("convatlas.code")

T = TypeVar("T")

CORRECT = "correct the code"
"""The remedy for code that raises without having been given anything."""

_ONE_AT_A_TIME = threading.RLock()
"""Threads that load images ahead call user code too, and neither stdout nor that code's state need
be thread-safe."""


class UserCodeError(Exception):
    """The user's code could not be imported, or it raised; the message says why in one sentence."""


@dataclass(frozen=True)
class Made:
    """The value that a source's callable returned, and the files of the code that made it."""

    value: Any
    files: tuple[Path, ...]


def make(source: Source, arguments: Mapping[str, Any], folder: Path) -> Made:
    """Return what ``value_of`` returns, and the files of the code that made it.

    Raises:
        UserCodeError: the module or attribute does not exist, or the code raises.
    """
    with _imported(source, folder) as (module, loaded):
        value = _called(module, source, arguments)
        return Made(value, _code(source, folder, module, loaded()))


def find(source: Source, folder: Path) -> Made:
    """Return the function that a source names, without calling it, and the files of its code.

    It is imported as for ``value_of``.

    Raises:
        UserCodeError: the module or attribute does not exist, the code raises while it is imported,
            or what it names cannot be called.
    """
    with _imported(source, folder) as (module, loaded):
        name = f"{source.target}:{source.attribute}"
        value = call(lambda: _attribute(module, source), name)
        if not callable(value):
            raise UserCodeError(f"{name} is of type {type(value).__name__}; name a function")
        return Made(value, _code(source, folder, module, loaded()))


def _code(
    source: Source, folder: Path, module: ModuleType, loaded: Mapping[str, Path]
) -> tuple[Path, ...]:
    """Return the files of a source's code: of loaded modules, and what they import."""
    own = {**loaded, **imported_by([module, *(sys.modules[name] for name in loaded)])}
    file = [(folder / source.target).resolve()] if source.kind == "file" else []
    return tuple(sorted({*own.values(), *file}))


def value_of(source: Source, arguments: Mapping[str, Any], folder: Path) -> Any:
    """Import the object that ``module:callable`` or ``file.py:callable`` names, and call it.

    While the code runs, modules can be imported from ``folder`` or, for a file, from the file's own
    folder. What it changes of torch's settings, such as the default type, is undone. A file is run
    afresh each time, and modules imported from its folder are then forgotten, because two files may
    have siblings with the same name. An object that is already a network or a data set is returned
    without a call.

    Raises:
        UserCodeError: the module or attribute does not exist, or the code raises.
    """
    with _imported(source, folder) as (module, _):
        return _called(module, source, arguments)


@contextlib.contextmanager
def _imported(
    source: Source, folder: Path
) -> Iterator[tuple[ModuleType, Callable[[], dict[str, Path]]]]:
    """Import a source's module; and a function that returns the files of its modules by name."""
    file = (folder / source.target).resolve() if source.kind == "file" else None
    place = file.parent if file else folder.resolve()
    before = set(sys.modules)

    def siblings() -> dict[str, Path]:
        return _inside(place, set(sys.modules) - before)

    with kept_settings(), _on_path(place), compiled_afresh():
        module = _load(file, source.target) if file else _import(source.target)
        yield module, lambda: siblings() if file else {**siblings(), **_package(source.target)}
    if file:
        for name in siblings().keys() - {module.__name__}:
            del sys.modules[name]


def _called(module: ModuleType, source: Source, arguments: Mapping[str, Any]) -> Any:
    name = f"{source.target}:{source.attribute}"
    function = call(lambda: _attribute(module, source), name)
    if _is_made(function) and not arguments:
        return function
    return call(lambda: function(**arguments), name)


def call(function: Callable[[], T], name: str, remedy: str = "") -> T:
    """Call the user's code, with its output sent to stderr because stdout is for results.

    Args:
        function: The code.
        name: What it is called in messages.
        remedy: What to do if it raises; by default, to look at the code and its `arguments`.

    Raises:
        UserCodeError: the code raised, also what is no ``Exception`` but an interruption by the
            user; the message names ``name``, the cause and where it is.
    """
    try:
        with _ONE_AT_A_TIME, contextlib.redirect_stdout(sys.stderr):
            return function()
    except (KeyboardInterrupt, UserCodeError):
        raise
    except BaseException as error:  # the user's code may raise anything, and call sys.exit
        log.debug("%s", name, exc_info=True)
        raise UserCodeError(f"{name} {_describe(error, remedy)}") from error


def _describe(error: BaseException, remedy: str) -> str:
    """Describe an exception: what was raised, where in the user's code, and the remedy."""
    text = f"{raised(error)}{located(error)}"
    if isinstance(error, ModuleNotFoundError):
        return f"{text}; install {error.name}, or put it beside the file"
    if isinstance(error, MemoryError):
        return f"{text}; free some memory"
    if remedy:
        return f"{text}; {remedy}"
    if isinstance(error, TypeError):
        return f"{text}; compare `arguments` with what it takes"
    return f"{text}; correct the code or its `arguments`"


def _import(name: str) -> ModuleType:
    if name not in sys.modules and not _exists(name):
        message = "install it, or put it into the folder of the configuration file"
        raise UserCodeError(f"there is no module {name}; {message}")
    return call(lambda: importlib.import_module(name), f"importing {name}", CORRECT)


def _exists(name: str) -> bool:
    """Return whether a module can be found; the packages around it are imported."""

    def found() -> bool:
        try:
            return importlib.util.find_spec(name) is not None
        except ModuleNotFoundError as error:
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise  # what a package around it imports is missing
        except ValueError:
            pass
        return False

    return call(found, f"importing {name}", CORRECT)


def _load(file: Path, written: str) -> ModuleType:
    """Run a file as a module whose name depends on its path as written, not on the machine."""
    mark = hashlib.sha256(written.encode()).hexdigest()[:8]
    name = f"_convatlas_{file.stem}_{mark}".replace(".", "_")
    loader = FreshLoader(name, str(file))
    spec = importlib.util.spec_from_file_location(name, file, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        call(lambda: loader.exec_module(module), f"running {written}", CORRECT)
    except UserCodeError:
        sys.modules.pop(name, None)
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
    return (
        hasattr(value, "state_dict")
        or (hasattr(value, "__getitem__") and hasattr(value, "__len__"))
        or (hasattr(value, "__iter__") and not callable(value))
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
    return {
        name: file
        for name, file in _files(names).items()
        if file.is_relative_to(folder) and not is_installed(file.relative_to(folder))
    }


def _package(target: str) -> dict[str, Path]:
    """Return the loaded modules of a module's package; of ours, those of the demo alone.

    What else of ours is loaded differs from command to command, and is no part of the network.
    """
    top, *rest = target.split(".")
    ours = top == __name__.partition(".")[0]
    package = ".".join([top, *rest[:1]]) if ours else top
    return _files({name for name in sys.modules if f"{name}.".startswith(f"{package}.")})


def _files(names: set[str]) -> dict[str, Path]:
    return {name: file for name in names if (file := file_of(name))}
