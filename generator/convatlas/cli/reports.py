"""Results as lines for people and as data for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from convatlas.errors import brief
from convatlas.lenses.registry import lenses
from convatlas.model.facts import NetworkFacts
from convatlas.model.manifest import Manifest
from convatlas.model.records import Json
from convatlas.pipeline import Result
from convatlas.planning.estimate import Row, estimate_lines
from convatlas.receipts.said import Said
from convatlas.site import comparison_report as comparisons
from convatlas.site import health_report as findings
from convatlas.site import variation_report as variation
from convatlas.site.check.check import Report
from convatlas.store.maintenance import labels
from convatlas.store.store import Store
from convatlas.ui.text import plural

MOST_LINES = 10
"""How many images that were left out, and how many kinds of failures, are told one by one."""


def build_said(result: Result, out: Path) -> Said:
    """Return what ``build`` says; ``out`` is the site's folder as it was given."""
    return Said(
        closing_lines(result, out),
        json.dumps(summary(result), indent=2),
        failed=bool(result.failures),
        unmet=bool(result.left_out or unmet(result)),
    )


def plan_said(rows: Sequence[Row]) -> Said:
    """Return what ``plan`` says."""
    return Said(estimate_lines(rows), json.dumps(rows, indent=2))


def nothing_done(result: Result) -> Result:
    """Return what comes of the build after a complete one, if nothing changes."""
    published = result.published
    return replace(
        result,
        rendered=0,
        kept=result.complete.kept if result.complete else 0,
        published=published and replace(published, written=0, unchanged=published.files, removed=0),
    )


def summary(result: Result) -> Json:
    """Return a build's result as JSON data, without unknown values."""
    published = result.published
    return {
        "rendered": result.rendered,
        "kept": result.kept,
        "failed": [
            {
                "network": failure.network,
                "layer": failure.request.layer,
                "item": failure.request.item,
                "lens": failure.request.lens,
                "reason": failure.reason,
            }
            for failure in result.failures
        ],
        "left_out": [
            {"set": name, "image": image, "reason": reason}
            for name, image, reason in result.left_out
        ],
        "published": published
        and {
            "written": published.written,
            "unchanged": published.unchanged,
            "removed": published.removed,
            "files": published.files,
            "bytes": published.bytes,
        },
        "varies": variation.report(_manifest(result)),
        **findings.report(_manifest(result)),
        "compare": comparisons.report(_manifest(result)),
        **_lens_summaries(result),
    }


def _manifest(result: Result) -> Manifest:
    """Return the manifest of a build that has come to its end."""
    assert result.manifest is not None
    return result.manifest


def _lens_summaries(result: Result) -> Mapping[str, Json]:
    found: dict[str, Json] = {}
    for lens in lenses():
        found.update(lens.reports.summary(_manifest(result)))
    return found


def closing_lines(result: Result, out: Path) -> str:
    """Return a few lines on what a build did; the last one gives the page to open."""
    reasons = Counter((f.network, f.request.lens, f.reason) for f in result.failures)
    lines = _first(f"{name}: {image} left out: {why}" for name, image, why in result.left_out)
    lines += _first(
        f"{network} {lens}: {count} failed: {why}"
        for (network, lens, why), count in reasons.items()
    )
    lines += findings.lines(_manifest(result), out)
    lines += variation.lines(_manifest(result))
    for lens in lenses():
        lines += lens.reports.closing_lines(_manifest(result))
    lines += comparisons.lines(_manifest(result))
    count = f"{result.rendered:,} records rendered, {result.kept:,} from the store"
    if result.failures:
        count += f", {len(result.failures):,} failed"
    if result.left_out:
        count += f"; {plural(len(result.left_out), 'image')} left out"
    lines.append(count)
    if result.published:
        p = result.published
        lines.append(
            f"{p.files:,} files, {p.bytes / 1e6:.1f} MB: {p.written:,} written, "
            f"{p.unchanged:,} unchanged, {p.removed:,} removed"
        )
    lines.append(str(out / "index.html"))
    return "\n".join(lines)


def _first(lines: Iterable[str], command: str = "build") -> list[str]:
    """Return the first lines, and where the rest is if there are more."""
    found = list(map(brief, lines))
    if len(found) > MOST_LINES:
        rest = f"{len(found) - MOST_LINES:,} more like these; {command} --json lists them all"
        found[MOST_LINES:] = [rest]
    return found


def unmet(result: Result) -> list[str]:
    """Return what ``--strict`` insists on and does not hold, each with the reason."""
    manifest = _manifest(result)
    expected = [each for lens in lenses() for each in lens.reports.unmet(manifest)]
    return [*variation.lines(manifest), *expected, *comparisons.unmet(manifest)]


def layer_rows(networks: Sequence[NetworkFacts]) -> list[Json]:
    """Return a row for each layer of each network."""
    return [
        {
            "network": network.name,
            "name": layer.name,
            "kind": layer.kind,
            "filters": layer.filters,
            "channels": layer.channels,
            "kernel": list(layer.kernel),
            "stride": list(layer.stride),
            "map": layer.map_size and list(layer.map_size),
            "receptive_field": list(layer.field.size) if layer.field and layer.field.size else None,
            "norm": layer.norm,
            "activation": layer.activation,
            "reached": layer.reached,
            "units": [{"module": module, "first": first} for module, first in layer.units],
        }
        for network in networks
        for layer in network.layers
    ] + [
        {"network": network.name, "name": name, "skipped": reason}
        for network in networks
        for name, reason in network.skipped
    ]


def layer_lines(rows: Sequence[Json]) -> str:
    """Format the layers as an aligned table."""
    head = ("network", "layer", "filters", "in", "kernel", "stride", "map", "sees")
    table = [head, *(_layer_cells(row) for row in rows if "skipped" not in row)]
    lines = _aligned(table)
    skipped = [row for row in rows if "skipped" in row]
    lines += [f"{row['network']}  {row['name']}  skipped: {row['skipped']}" for row in skipped]
    return "\n".join(lines)


def _layer_cells(row: Json) -> tuple[str, ...]:
    def cross(pair: Sequence[int] | None, none: str) -> str:
        return f"{pair[0]}x{pair[1]}" if pair else none

    sees = cross(row["receptive_field"], "all") if row["reached"] else "never reached"
    return (
        row["network"],
        row["name"],
        str(row["filters"]),
        str(row["channels"]),
        cross(row["kernel"], ""),
        cross(row["stride"], ""),
        cross(row["map"], "-"),
        sees,
    )


def report_lines(report: Report) -> str:
    """Format the result of a site check: sizes by kind and section, then notes and faults."""
    head = ("kind", "MB", "KB a filter", "of", f"share of {report.share / 1000:g} KB")
    lines = _aligned([head, *_kinds(report)])
    lines.append(
        f"{report.files:,} files, {report.bytes / 1e6:,.1f} MB of the "
        f"{report.most_bytes / 1e6:,.0f} that GitHub Pages publishes"
    )
    lines += [f"over its share: {what}" for what in report.over]
    lines += [f"note: {note}" for note in report.notes]
    lines += _first((f"fault: {finding}" for finding in report.findings), "check")
    lines.append(f"{len(report.findings)} faults")
    return "\n".join(lines)


def _kinds(report: Report) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield each kind of file, and what it consists of, with its size and its shares."""
    for kind, size in report.sizes.items():
        most = f"{report.shares[kind] / 1000:g}" if kind in report.shares else ""
        yield _size(report, kind, size, most)
        for part, own in sorted(report.parts.get(kind, {}).items(), key=lambda pair: -pair[1]):
            yield _size(report, f"  {part}", own)


def _size(report: Report, name: str, size: int, most: str = "") -> tuple[str, str, str, str, str]:
    """Return a name with its size, its size per filter, its limit and its share of the budget."""
    each = size / report.filters if report.filters else 0
    beside = (f"{each / 1000:.2f}", most, f"{each / report.share:.1%}") if each else ("", most, "")
    return name, f"{size / 1e6:.2f}", *beside


def cache_rows(store: Store) -> list[Json]:
    """Return how many records the store holds, by network, layer and lens."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for lens, label in labels(store):
        network, _, rest = label.partition("/")
        counts[network, rest.rpartition("/")[0], lens] += 1
    return [
        {"network": network, "layer": layer, "lens": lens, "records": count}
        for (network, layer, lens), count in sorted(counts.items())
    ]


def cache_lines(rows: Sequence[Json]) -> str:
    """Format the store's content as an aligned table with a total."""
    names = ("network", "layer", "lens", "records")
    table = [names, *(tuple(str(row[name]) for name in names) for row in rows)]
    return "\n".join([*_aligned(table), f"{sum(row['records'] for row in rows):,} records"])


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
