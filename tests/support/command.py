"""The command as a user runs it."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from convatlas.cli import cli
from support.site_files import layer_file


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in arguments])


def build(folder: Path, *more: str | Path) -> Result:
    return run("build", "-c", folder / "atlas.yaml", "-o", folder / "site", *more)


def said(result: Result) -> str:
    return result.output + str(result.exception or "")


def layer(folder: Path, name: str) -> dict:
    return layer_file(folder / "site" / "small" / name / "layer.json")
