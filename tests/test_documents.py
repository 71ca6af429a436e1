"""What the README says is true of the code: every key, every command, every file it names."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from convatlas.cli import cli
from convatlas.config import schema
from convatlas.config.checks import check_without_files
from convatlas.config.read import parse

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def sections() -> list[type[BaseModel]]:
    return [value for value in vars(schema).values() if _is_section(value)]


def _is_section(value: object) -> bool:
    return (
        isinstance(value, type)
        and issubclass(value, schema.Section)
        and value is not schema.Section
    )


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.__name__)
def test_every_key_stands_in_the_readme(section: type[BaseModel]) -> None:
    for name, key in section.model_fields.items():
        assert re.search(rf"\b{key.alias or name}:", README), name


def test_the_options_in_the_readme_are_a_valid_atlas(tmp_path: Path) -> None:
    (tmp_path / "my-theme").mkdir()
    blocks = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        parse(block, tmp_path / "atlas.yaml", {}, check_without_files)


def test_every_command_and_option_stands_in_the_readme() -> None:
    for name, command in cli.commands.items():
        assert f"convatlas {name}" in README
        if isinstance(command, click.Group):
            assert all(f"`{sub}`" in README or f"cache {sub}" in README for sub in command.commands)
    for option in cli.commands["build"].params:
        assert any(spelling in README for spelling in option.opts), option.name


def test_every_file_that_the_readme_links_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / target).exists(), target
