"""Reading and checking ``atlas.yaml`` with the options of all lenses.

The schema is put together here from what ``config`` defines and the options that each lens has,
whether it is one of ours or comes from another package.
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, create_model

from convatlas.config import read as config
from convatlas.config import schema
from convatlas.config.checks import check as check_file
from convatlas.config.lens_options import LensOptions
from convatlas.config.read import Checks, Configuration
from convatlas.errors import Problem
from convatlas.lenses.registry import lenses
from convatlas.model.records import Json


def check(data: Json, folder: Path) -> Iterator[Problem]:
    """Yield every problem that the schema cannot detect."""
    yield from check_file(data, folder)
    yield from _lens_problems(data)


def check_without_files(data: Json, folder: Path) -> Iterator[Problem]:
    """Yield the problems that ``check`` finds, except for files that do not exist."""
    return (problem for problem in check(data, folder) if not problem.absent)


def read(file: Path, environment: Mapping[str, str], checks: Checks = check) -> Configuration:
    """Read and check a configuration file.

    Raises:
        ConfigError: the file cannot be read or has mistakes; the error lists all of them.
        LensError: a lens of another package cannot be loaded.
    """
    return config.read(file, environment, atlas_schema(), checks)


def parse(
    text: str, file: Path, environment: Mapping[str, str], checks: Checks = check
) -> Configuration:
    """Check the text of a configuration; ``file`` is its path, for messages and relative paths.

    Raises:
        ConfigError: the text has mistakes; the error lists all of them.
        LensError: a lens of another package cannot be loaded.
    """
    return config.parse(text, file, environment, atlas_schema(), checks)


def _lens_problems(data: Json) -> Iterator[Problem]:
    written = data.get("lenses") if isinstance(data, dict) else None
    if not isinstance(written, dict):
        return
    for lens in lenses():
        options = written.get(lens.name)
        if lens.options is not None and isinstance(options, dict):
            yield from lens.options.check(options, data)


@cache
def atlas_schema() -> type[schema.Atlas]:
    """Return the schema of ``atlas.yaml`` with the options of all lenses."""
    kind = lenses_schema()
    field = Field(kind(), description=schema.Atlas.model_fields["lenses"].description)
    composed = create_model(
        "Atlas", __base__=schema.Atlas, __doc__=schema.Atlas.__doc__, lenses=(kind, field)
    )
    _pickle_by(atlas_schema, composed)
    return composed


@cache
def lenses_schema() -> type[schema.Lenses]:
    """Return the schema of ``lenses``; lenses that are on by default come first."""
    kinds = [(lens.name, lens.options) for lens in lenses() if lens.options is not None]
    fields = {name: _field(kind) for name, kind in sorted(kinds, key=lambda k: not k[1].default_on)}
    composed = create_model(
        "Lenses", __base__=schema.Lenses, __doc__=schema.Lenses.__doc__, **fields
    )
    _pickle_by(lenses_schema, composed)
    return composed


def _field(kind: type[LensOptions]) -> Any:
    """Return the type of a lens's key with its default and description, for pydantic."""
    default = kind() if kind.default_on else False
    return kind | Literal[False], Field(default, description=kind.summary)


def _pickle_by(compose: Callable[[], type[BaseModel]], composed: type[BaseModel]) -> None:
    """Have objects of a composed class pickled: no module has it, so it is composed again."""
    copyreg.pickle(composed, lambda each: (_empty, (compose,), each.__getstate__()))


def _empty(compose: Callable[[], type[BaseModel]]) -> BaseModel:
    kind = compose()
    return kind.__new__(kind)
