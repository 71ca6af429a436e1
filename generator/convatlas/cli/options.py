"""What several commands share: options, the open store, and progress reports."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from convatlas.cli.output import stdout_kept
from convatlas.config.device_names import NAMES, is_device

if TYPE_CHECKING:
    from convatlas.config.read import Configuration
    from convatlas.store.store import Store

config_option = click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path),
    default=Path("atlas.yaml"),
    show_default=True,
    help="The atlas file.",
)
store_option = click.option(
    "--store", type=click.Path(path_type=Path), help="The store, where it is not the atlas file's."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
strict_option = click.option(
    "--strict",
    is_flag=True,
    help="Exit with 1 if any image was left out, a picture does not determine a layer's responses,"
    " or a claim's verdict or a comparison is not as expected.",
)
site_argument = click.argument(
    "site", type=click.Path(path_type=Path, file_okay=False), default=Path("site")
)


def device_name(context: click.Context, parameter: click.Parameter, name: str) -> str:
    """Return the name of a device, or end with a usage error."""
    if not is_device(name):
        raise click.BadParameter(f"'{name}' is no device; give {NAMES}.")
    return name


Function = TypeVar("Function", bound=Callable[..., object])


def computing_options(command: Function) -> Function:
    """Add what says where to compute: ``device``, ``on``, ``workers``, ``threads``."""
    options = (
        click.option(
            "--device",
            metavar="[auto|cpu|cuda|cuda:N|mps]",
            callback=device_name,
            default="auto",
            show_default=True,
            help="What to compute on; cuda:1 is the second GPU.",
        ),
        click.option(
            "--on",
            metavar="ray|ray://HOST:PORT",
            help="Render with workers: on this machine, or on a cluster.",
        ),
        click.option(
            "--workers",
            type=click.IntRange(1),
            help="How many workers; by default one for each GPU or, without any, for each two"
            " cores.",
        ),
        click.option(
            "--threads",
            type=click.IntRange(1),
            help="How many threads, or processes with one, compute on a CPU; by default one for"
            " each core.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def check_computing(on: str | None, workers: int | None, threads: int | None) -> None:
    """End with a usage error if workers are chosen without, or threads with, ``--on``."""
    if workers is not None and on is None:
        raise click.UsageError("--workers: say where with --on ray, or leave it out")
    if threads is not None and on is not None:
        raise click.UsageError("--threads: for a build without --on; choose --workers instead")


@contextmanager
def opened(
    config: Path, store: Path | None, files: bool = True, out: Path | None = None
) -> Iterator[tuple[Configuration, Store]]:
    """Open the configuration and its store, as ``store_opened`` does.

    Args:
        files: whether the files that the configuration names must exist.
        out: the folder that a site is to be written into, which is checked first.
    """
    from convatlas.opening.configuration import check, check_without_files, read

    configuration = read(config, os.environ, check if files else check_without_files)
    with store_opened(configuration, store, out) as records:
        yield configuration, records


@contextmanager
def store_opened(
    configuration: Configuration, store: Path | None, out: Path | None = None
) -> Iterator[Store]:
    """Open the store of a configuration, or the one that is named instead.

    Meanwhile the user's code may write to stdout and change the working directory; neither reaches
    further.

    Args:
        out: the folder that a site is to be written into, which is checked first.
    """
    from convatlas.store.store import Store

    place = (store or configuration.resolve(configuration.atlas.store)).absolute()
    if out is not None:
        from convatlas.pipeline import check_places

        check_places(configuration, place, out)
    with chdir(Path.cwd()), stdout_kept(), Store(place) as records:
        yield records


@contextmanager
def progress_shown() -> Iterator[Any]:
    """Show progress as bars in a terminal, below the log messages, and as lines elsewhere."""
    from tqdm.contrib.logging import logging_redirect_tqdm

    from convatlas.rendering.progress import bars, lines

    if sys.stderr.isatty():
        with logging_redirect_tqdm([logging.getLogger("convatlas")]):
            yield bars
    else:
        yield lines
