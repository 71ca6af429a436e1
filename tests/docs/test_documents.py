"""README and reference say all there is: every key of atlas.yaml, every command and option."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

import convatlas
from convatlas.cli import cli
from convatlas.config import schema
from convatlas.config.lens_options import LensOptions
from convatlas.lenses.registry import lenses
from convatlas.opening.configuration import check_without_files, parse
from support.documents import furnish

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
README = (ROOT / "README.md").read_text(encoding="utf-8")
EVERYTHING = (REFERENCE / "everything.yaml").read_text(encoding="utf-8")


def sections() -> list[type[BaseModel]]:
    """The classes of all mappings that may stand in an atlas file."""
    options = [lens.options for lens in lenses() if lens.options]
    modules = [schema, *(sys.modules[each.__module__] for each in options)]
    return [value for module in modules for value in vars(module).values() if _is_section(value)]


def _is_section(value: object) -> bool:
    kinds = (schema.Section, LensOptions)
    return isinstance(value, type) and issubclass(value, schema.Section) and value not in kinds


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.__name__)
def test_every_key_stands_in_the_file_with_everything(section: type[BaseModel]) -> None:
    for name, key in section.model_fields.items():
        assert re.search(rf"\b{key.alias or name}:", EVERYTHING), name


def test_the_file_with_everything_is_a_valid_atlas(tmp_path: Path) -> None:
    furnish(tmp_path)
    parse(EVERYTHING, tmp_path / "atlas.yaml", {}, check_without_files)


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.__name__)
def test_every_key_is_described(section: type[BaseModel]) -> None:
    for name, key in section.model_fields.items():
        assert key.description, name


def test_every_command_and_option_of_a_build_stands_in_the_readme() -> None:
    for name, command in cli.commands.items():
        assert f"convatlas {name}" in README
        if isinstance(command, click.Group):
            assert all(f"`{sub}`" in README or f"cache {sub}" in README for sub in command.commands)
    for option in cli.commands["build"].params:
        assert any(spelling in README for spelling in option.opts), option.name


def test_the_python_reference_has_every_argument() -> None:
    page = (REFERENCE / "python.md").read_text(encoding="utf-8")
    for name in inspect.signature(convatlas.build).parameters:
        assert f"| `{name}` |" in page, name
