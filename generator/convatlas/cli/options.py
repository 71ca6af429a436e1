"""What several commands share: options, the open store, and progress reports."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
site_argument = click.argument(
    "site", type=click.Path(path_type=Path, file_okay=False), default=Path("site")
)


def device_name(context: click.Context, parameter: click.Parameter, name: str) -> str:
    """Return the name of a device, or end with a usage error."""
    if not is_device(name):
        raise click.BadParameter(f"'{name}' is no device; give {NAMES}.")
    return name


@contextmanager
def opened(
    config: Path, store: Path | None, files: bool = True, out: Path | None = None
) -> Iterator[tuple[Configuration, Store]]:
    """Open the configuration and its store.

    Meanwhile the user's code may write to stdout and change the working directory; neither reaches
    further.

    Args:
        files: whether the files that the configuration names must exist.
        out: the folder that a site is to be written into, which is checked first.
    """
    from convatlas.opening.configuration import check, check_without_files, read
    from convatlas.store.store import Store

    configuration = read(config, os.environ, check if files else check_without_files)
    place = (store or configuration.resolve(configuration.atlas.store)).absolute()
    if out is not None:
        from convatlas.pipeline import check_places

        check_places(configuration, place, out)
    with chdir(Path.cwd()), stdout_kept(), Store(place) as records:
        yield configuration, records


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
