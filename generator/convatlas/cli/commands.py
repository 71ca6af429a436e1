"""The commands: build, plan, layers, serve, check, init."""

from __future__ import annotations

import json
import logging
import os
import sys
from dataclasses import asdict
from pathlib import Path

import click

from convatlas._version import __version__
from convatlas.cli.cache import cache
from convatlas.cli.options import (
    config_option,
    device_name,
    json_option,
    opened,
    site_argument,
    store_option,
)
from convatlas.errors import brief_lines


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
@click.option(
    "--device",
    metavar="[auto|cpu|cuda|cuda:N|mps]",
    callback=device_name,
    default="auto",
    show_default=True,
    help="What to compute on; cuda:1 is the second GPU.",
)
@click.option(
    "--on",
    metavar="ray|ray://HOST:PORT",
    help="Render with workers: on this machine, or on a cluster.",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    help="How many workers; by default one for each GPU or, without any, for each two cores.",
)
@click.option(
    "--threads",
    type=click.IntRange(1),
    help="How many threads, or processes with one, compute on a CPU; by default one for each core.",
)
@click.option("--pages", is_flag=True, help="Publish from the store alone; render nothing.")
@click.option(
    "--strict",
    is_flag=True,
    help="Exit with 1 if any image was left out, a picture does not determine a layer's responses,"
    " or a claim's verdict is not the expected one.",
)
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

    if workers is not None and on is None:
        raise click.UsageError("--workers: say where with --on ray, or leave it out")
    if threads is not None and on is not None:
        raise click.UsageError("--threads: for a build without --on; choose --workers instead")
    if pages:
        said = republished(config, store, out)
    else:
        said = built(config, store, out, Wanted(glob, device, on, workers, threads))
    click.echo(said.json if as_json else said.lines)
    if said.failed or (strict and said.unmet):
        raise SystemExit(1)


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
