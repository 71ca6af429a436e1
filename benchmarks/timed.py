"""An atlas built as ``convatlas.build`` builds it, and what each layer's pictures took."""

from __future__ import annotations

import logging
import os
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import torch

from convatlas import load
from convatlas.config.read import Configuration
from convatlas.pipeline import build
from convatlas.reader.layer import Layer
from convatlas.rendering.progress import silence
from convatlas.store.store import Store
from convatlas.work import Work

TOLD = re.compile(r"(\S+) (\S+): \d+ in ([\d.]+) s")


class Seconds(logging.Handler):
    """Adds up the seconds that the maximize lens tells of, by layer and role.

    Copies of this process work side by side, so that of their seconds each core's share counts.
    """

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.spent: Counter[tuple[str, str]] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of a finished group."""
        if told := TOLD.fullmatch(record.getMessage()):
            layer, role, seconds = told.groups()
            side_by_side = 1 if record.process == os.getpid() else torch.get_num_threads()
            self.spent[layer, role] += float(seconds) / side_by_side  # type: ignore[assignment]


def timed(configuration: Configuration, store: Path, out: Path) -> tuple[float, Any, Seconds]:
    """Seconds, result, and seconds by layer and role, of one build from what the store has."""
    seconds = Seconds()
    logger = logging.getLogger("convatlas.maximize")
    logger.setLevel(logging.INFO)
    logger.addHandler(seconds)
    started = time.monotonic()
    with Store(store) as records:
        result = build(configuration, records, out, Work(), silence)
    logger.removeHandler(seconds)
    return time.monotonic() - started, result, seconds


def rows(out: Path, network: str, seconds: Seconds) -> list[dict[str, Any]]:
    """What the published pages say of each layer, and the seconds that its pictures took."""
    return [row(layer, seconds) for layer in load(out).networks[network].layers.values()]


def row(layer: Layer, seconds: Seconds) -> dict[str, Any]:
    """One layer's filters, dead ones by name, gate, and seconds a filter by role."""
    filters = layer.filters.values()
    live = [filter for filter in filters if not filter.dead and filter.maximize]
    live = [filter for filter in live if filter.maximize["positive"]]
    shown = [filter.maximize["positive"] for filter in live]
    return {
        "layer": layer.name,
        **layer.facts["health"],
        "attempts": round(sum(one["attempts"] for one in shown) / max(1, len(shown)), 3),
        "flat": sum(one["flat"] for one in shown),
        "dead_filters": [filter.index for filter in filters if filter.dead],
        "failed_filters": [
            filter.index for filter in live if filter.maximize["positive"]["passed"] is False
        ],
        "seconds_a_filter": {
            role: round(spent / len(filters), 4)
            for (name, role), spent in seconds.spent.items()
            if name == layer.name
        },
    }


def totals(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Sums over layers; the mean seconds of a positive picture, attempts included."""
    filters = sum(row["filters"] for row in found)
    dead = sum(row["dead"] for row in found)
    roles = {role for row in found for role in row["seconds_a_filter"]}
    return {
        "filters": filters,
        "dead": dead,
        "passed": sum(row["passed"] for row in found),
        "share_passed": round(sum(row["passed"] for row in found) / max(1, filters - dead), 4),
        "flat": sum(row["flat"] for row in found),
        "seconds_a_filter": {
            role: round(
                sum(row["filters"] * row["seconds_a_filter"].get(role, 0) for row in found)
                / filters,
                4,
            )
            for role in sorted(roles)
        },
    }
