"""The commands: build, compare, plan, layers, serve, check, init."""

from __future__ import annotations

import json
import logging
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from convatlas._version import __version__
from convatlas.cli.cache import cache
from convatlas.cli.options import (
    check_computing,
    computing_options,
    config_option,
    json_option,
    opened,
    site_argument,
    store_option,
    strict_option,
)
from convatlas.errors import brief_lines

if TYPE_CHECKING:
    from convatlas.model.comparison import Match
    from convatlas.receipts.said import Said


class _Brief(logging.Formatter):
    """Leaves out the middle of lines that quote something very long."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Format a record, without its traceback."""
        return brief_lines(super().formatMessage(record))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message=f"%(prog)s %(version)s, Python {sys.version.split()[0]}")
@click.option("-v", "--verbose", is_flag=True, help="Say more.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong.")
def cli(verbose: bool, quiet: bool) -> None:
    """Make a static web site that shows what every filter of a convolutional network looks for."""
    level = logging.DEBUG if verbose else logging.WARNING if quiet else logging.INFO
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Brief("%(message)s"))
    logger = logging.getLogger("convatlas")
    logger.handlers = [handler]
    logger.setLevel(level)


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
def init(folder: Path) -> None:
    """Write a commented atlas.yaml that builds as it stands."""
    from convatlas.cli.starter import write_starter

    click.echo(write_starter(folder))


@cli.command()
@config_option
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("site"),
    show_default=True,
    help="The folder of the site.",
)
@store_option
@click.option("--only", "glob", metavar="GLOB", help="Render only NETWORK/LAYER/FILTER (or PROBE).")
@computing_options
@click.option("--pages", is_flag=True, help="Publish from the store alone; render nothing.")
@strict_option
@json_option
def build(
    config: Path,
    out: Path,
    store: Path | None,
    glob: str | None,
    device: str,
    on: str | None,
    workers: int | None,
    threads: int | None,
    pages: bool,
    strict: bool,
    as_json: bool,
) -> None:
    """Render what is missing and publish the site.

    Example: convatlas build -c atlas.yaml -o site --only 'squeezenet/features.1*'
    """
    from convatlas.cli.building import Wanted, built, republished

    check_computing(on, workers, threads)
    if pages:
        said = republished(config, store, out)
    else:
        said = built(config, store, out, Wanted(glob, device, on, workers, threads))
    _end(said, strict, as_json)


def _end(said: Said, strict: bool, as_json: bool) -> None:
    click.echo(said.json if as_json else said.lines)
    if said.failed or (strict and said.unmet):
        raise SystemExit(1)


_WEIGHTS = click.Path(path_type=Path, exists=True, dir_okay=False)


@cli.command()
@click.argument("before", type=_WEIGHTS)
@click.argument("after", type=_WEIGHTS)
@config_option
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("comparison"),
    show_default=True,
    help="The folder of the site.",
)
@store_option
@click.option("--network", help="Which network of the atlas file the weights are of.")
@click.option(
    "--match",
    type=click.Choice(["index", "correlation"]),
    default="index",
    show_default=True,
    help="How filters are paired: by their place, or by what they answer to.",
)
@computing_options
@strict_option
@json_option
def compare(
    before: Path,
    after: Path,
    config: Path,
    out: Path,
    store: Path | None,
    network: str | None,
    match: Match,
    device: str,
    on: str | None,
    workers: int | None,
    threads: int | None,
    strict: bool,
    as_json: bool,
) -> None:
    """Hold two files of weights of one network side by side, in a site of their own.

    BEFORE and AFTER are weights as in an atlas file: .pth, .pt or .safetensors. All else is as the
    atlas file says of the network; what its store knows of these weights is not rendered again.

    Example: convatlas compare epoch-1.pth epoch-9.pth -c atlas.yaml
    """
    from convatlas.cli.building import Wanted
    from convatlas.cli.comparing import compared
    from convatlas.config.checkpoints import Checkpoints

    check_computing(on, workers, threads)
    files = Checkpoints(before.absolute(), after.absolute(), match)
    wanted = Wanted(None, device, on, workers, threads)
    _end(compared(config, network, files, store, out, wanted), strict, as_json)


@cli.command()
@config_option
@store_option
@click.option("--only", "glob", metavar="GLOB", help="Count only filters NETWORK/LAYER/FILTER.")
@json_option
def plan(config: Path, store: Path | None, glob: str | None, as_json: bool) -> None:
    """Say what would be rendered, by network and lens, and about how long it takes."""
    from convatlas.cli.building import planned

    said = planned(config, store, glob)
    click.echo(said.json if as_json else said.lines)


@cli.command()
@config_option
@store_option
@json_option
def layers(config: Path, store: Path | None, as_json: bool) -> None:
    """List the conv layers of each network: the names that an atlas file refers to."""
    from convatlas.cli.reports import layer_lines, layer_rows
    from convatlas.opening.catalog import OpenCatalog
    from convatlas.opening.workspace import Workspace

    with opened(config, store) as (configuration, records):
        rows = layer_rows(Workspace(configuration, OpenCatalog(records)).facts())
    click.echo(json.dumps(rows, indent=2) if as_json else layer_lines(rows))


@cli.command()
@site_argument
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--base", default="/", show_default=True, help="Serve below a path, as hosts do.")
@click.option("--open", "open_browser", is_flag=True, help="Open it in a browser.")
@click.option(
    "--watch",
    "watching",
    is_flag=True,
    help="Make the pages from the store, and again when templates, texts or the atlas file change.",
)
@config_option
@store_option
def serve(
    site: Path,
    port: int,
    base: str,
    open_browser: bool,
    watching: bool,
    config: Path,
    store: Path | None,
) -> None:
    """Serve the site on 127.0.0.1."""
    from convatlas.site.serve.server import serve as serve_site

    if not watching:
        serve_site(site, port, base, open_browser)
        return
    from convatlas.cli.rebuild import Rebuilding
    from convatlas.site.serve.watch import watch

    atlas = Rebuilding(config, os.environ, store, site)
    logging.getLogger("convatlas").info("%s", atlas.rebuild())
    serve_site(site, port, base, open_browser, lambda: watch(atlas.sources, atlas.rebuild))


@cli.command()
@site_argument
@json_option
def check(site: Path, as_json: bool) -> None:
    """Check the site: links, sizes, and budgets by lens."""
    from convatlas.cli.reports import report_lines
    from convatlas.site.check.check import check as check_site

    report = check_site(site)
    click.echo(json.dumps(asdict(report), indent=2) if as_json else report_lines(report))
    if report.findings:
        raise SystemExit(1)


cli.add_command(cache)
