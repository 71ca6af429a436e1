"""The commands that inspect and maintain the store."""

from __future__ import annotations

import json
from pathlib import Path

import click

from convatlas.cli.options import config_option, json_option, opened, store_option


@click.group()
def cache() -> None:
    """Look into the store, check it, and make it smaller."""


@cache.command()
@config_option
@store_option
@json_option
def ls(config: Path, store: Path | None, as_json: bool) -> None:
    """List what the store holds, by network, layer and lens."""
    from convatlas.cli.reports import cache_lines, cache_rows

    with opened(config, store, files=False) as (_, records):
        rows = cache_rows(records)
    click.echo(json.dumps(rows, indent=2) if as_json else cache_lines(rows))


@cache.command()
@config_option
@store_option
def verify(config: Path, store: Path | None) -> None:
    """Check every row of the store; drop the damaged ones, so that they are rendered again."""
    from convatlas.store.maintenance import verify as verify_store

    with opened(config, store, files=False) as (_, records):
        bad = verify_store(records)
    for what in bad:
        click.echo(f"dropped: {what}")
    click.echo(f"{len(bad)} damaged")
    if bad:
        raise SystemExit(1)


@cache.command()
@click.option(
    "-c",
    "--config",
    "configs",
    multiple=True,
    type=click.Path(path_type=Path),
    default=[Path("atlas.yaml")],
    show_default=True,
    help="An atlas file whose records are kept; may be given several times.",
)
@store_option
def gc(configs: tuple[Path, ...], store: Path | None) -> None:
    """Drop what the given atlas files do not reach, and give the space back."""
    from convatlas.opening.catalog import OpenCatalog
    from convatlas.opening.workspace import Workspace
    from convatlas.pipeline import kept
    from convatlas.store.maintenance import sweep
    from convatlas.store.store import Store

    keep: dict[Path, tuple[set[str], set[str]]] = {}
    for config in configs:
        with opened(config, store) as (configuration, records):
            workspace = Workspace(configuration, OpenCatalog(records))
            keys, memo = keep.setdefault(records.path.resolve(), (set(), set()))
            keys |= kept(workspace.plan_contexts(), records)
            memo |= workspace.catalog.used
    for path, (keys, memo) in keep.items():
        with Store(path) as records:
            dropped, freed = sweep(records, keys, memo)
        click.echo(f"{path.name}: {dropped} records dropped, {freed / 1e6:.1f} MB given back")
