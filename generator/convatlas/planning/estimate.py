"""Estimates of what a build would render, and how long it would take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypedDict

from tqdm import tqdm

from convatlas.lenses.base import PlanContext, grouped
from convatlas.lenses.registry import lenses
from convatlas.planning.plan import Plan, counts, only
from convatlas.store.store import Store


class Row(TypedDict):
    """Missing and stored records of a lens in a layer ("" for those of the network as a whole)."""

    network: str
    layer: str
    lens: str
    missing: int
    stored: int
    seconds: float  # to render the missing records
    measured: bool  # by an earlier build with this store; otherwise a default


def rows_of(plan: Plan, store: Store, glob: str | None = None) -> list[Row]:
    """Return a row for each layer and lens of a network with requested records.

    Derived records, which a plan has after a build, are not counted.

    Args:
        glob: as in ``plan.only``; limits the records.
    """
    name, own = plan.context.network.name, {lens.name: lens for lens in lenses()}
    found = (request for request, _ in plan.records if request.lens in own)
    missing, stored = counts(only(name, plan.missing, glob)), counts(only(name, found, glob))
    rates = {lens: store.get(f"rate/{lens}/{name}") for lens in own}
    guesses = _guesses(plan)
    return [
        Row(
            network=name,
            layer=layer,
            lens=lens,
            missing=missing[layer, lens],
            stored=stored[layer, lens],
            seconds=missing[layer, lens] * (rates[lens] or guesses.get(lens, 0.0)),
            measured=rates[lens] is not None,
        )
        for layer, lens in sorted(missing | stored, key=_order(plan.context))
    ]


def _guesses(plan: Plan) -> dict[str, float]:
    """Return roughly how many seconds a missing record takes, by lens."""
    own = {lens.name: lens for lens in lenses()}
    return {
        name: own[name].guess(plan.context, requests) / len(requests)
        for name, requests in grouped(plan.missing, lambda request: request.lens).items()
    }


def _order(context: PlanContext) -> Callable[[tuple[str, str]], tuple[int, str]]:
    """Return a sort key for (layer, lens): layers in execution order, then lenses by name."""
    order = {layer.name: index for index, layer in enumerate(context.network.layers)}
    return lambda pair: (order.get(pair[0], -1), pair[1])


def estimate_lines(rows: Sequence[Row]) -> str:
    """Return the rows as text: totals by network and lens, and the total time."""
    missing: Counter[tuple[str, str]] = Counter()
    stored: Counter[tuple[str, str]] = Counter()
    layers: Counter[tuple[str, str]] = Counter()
    for row in rows:
        pair = row["network"], row["lens"]
        missing[pair] += row["missing"]
        stored[pair] += row["stored"]
        layers[pair] += row["layer"] != ""
    width = max((len(network) for network, _ in missing), default=0)
    lines = [
        f"{network:<{width}}  {lens:<12} {missing[network, lens]:>7} to render, "
        f"{stored[network, lens]:>7} stored{_in_layers(layers[network, lens])}"
        for network, lens in missing | stored
    ]
    seconds = sum(row["seconds"] for row in rows)
    basis = "measured here" if all(r["measured"] for r in rows if r["missing"]) else "a rough guess"
    notes = _notes(rows)
    lines.append("; ".join([f"about {tqdm.format_interval(seconds)} ({basis})", *notes[:1]]))
    return "\n".join([*lines, *notes[1:]])


def _notes(rows: Sequence[Row]) -> list[str]:
    """Return the lenses' remarks on what the estimate cannot include yet."""
    missing: Counter[str] = Counter()
    for row in rows:
        missing[row["lens"]] += row["missing"]
    return [note for lens in lenses() if (note := lens.reports.plan_note(missing[lens.name]))]


def _in_layers(layers: int) -> str:
    """Return ", in 3 layers", or "" for records of the network as a whole."""
    return f", in {layers} layer{'s' if layers > 1 else ''}" if layers else ""
