"""The command line, the only code that prints or reads arguments and environment variables."""

from __future__ import annotations

import io
import sys

import click

from convatlas.cli.commands import cli
from convatlas.cli.output import results_written
from convatlas.errors import AtlasError

__all__ = ["cli", "main"]


def main() -> None:
    """Run a command; errors are printed as one sentence and set the exit code."""
    _print_any_character()
    try:
        cli(standalone_mode=False)
    except AtlasError as error:
        click.echo(f"error: {error}" if error.exit_code != 2 else str(error), err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted; what was finished is in the store", err=True)
        sys.exit(130)
    finally:
        results_written()


def _print_any_character() -> None:
    """Escape what the terminal's encoding lacks, as in names of files and classes on Windows."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
