"""Maximisation: filter-steps a second and seconds a filter, by layer of SqueezeNet 1.1."""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import torch

from convatlas.lenses.maximize.batches import batch_size, render
from convatlas.lenses.maximize.lens import Maximize
from convatlas.lenses.maximize.recipe import Recipe
from convatlas.memory import Notes
from convatlas.opening import Opener
from convatlas.store import Store
from machine import peak_gib, write
from squeezenet import configuration


def main() -> None:
    """A full batch of positive pictures a layer, at ``standard``; the mean of two."""
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "store") as store:
        opener = Opener(configuration(maximize={"negative": False}), Notes(store))
        study = opener.studies()[0]
        studio = opener.studio(study, "auto")
        rows = []
        for layer, filters in study.layers():
            one = replace(study, filters={layer.name: filters})
            asks = list(Maximize().asks(one))
            how = Recipe.of(asks[0].recipe["made"])
            batch = asks[: batch_size(how, 0, studio.device)]
            seconds = []
            for _ in range(2):
                started = time.perf_counter()
                list(render(replace(studio, study=one), batch))
                seconds.append(time.perf_counter() - started)
            each = statistics.mean(seconds) / batch_size(how, 0, studio.device)
            rows.append(
                {
                    "layer": layer.name,
                    "filters": len(filters),
                    "canvas": how.canvas,
                    "size": how.size,
                    "steps": how.steps,
                    "batch": batch_size(how, 0, studio.device),
                    "seconds_a_filter": round(each, 4),
                    "filter_steps_a_second": round(how.steps / each),
                }
            )
        total = sum(row["filters"] * row["seconds_a_filter"] for row in rows)
        write(
            "maximize",
            {
                "threads": torch.get_num_threads(),
                "seconds_a_filter": round(total / sum(row["filters"] for row in rows), 4),
                "peak_gib": peak_gib(),
                "layers": rows,
            },
        )


if __name__ == "__main__":
    main()
