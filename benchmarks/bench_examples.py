"""The examples pass over a bare forward pass on the same decoded images, in turns in one run."""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import torch

from convatlas.lenses.examples.survey import BATCH, batches, survey
from convatlas.lenses.lens import Studio
from convatlas.memory import Notes
from convatlas.network.responses import normalise
from convatlas.opening import Opener
from convatlas.store import Store
from machine import peak_gib, write
from squeezenet import configuration

PAIRS = 5
IMAGES = 256


def bare(studio: Studio) -> None:
    """The network on every image, and nothing else."""
    with torch.inference_mode():
        for _, pictures in batches(studio):
            studio.module(normalise(pictures, studio.study.network.preprocessing))


def main() -> None:
    """Pairs of passes over the first images, all 26 layers."""
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "store") as store:
        opener = Opener(configuration(), Notes(store))
        study = opener.studies()[0]
        assert study.images is not None
        few = replace(study.images, images=study.images.images[:IMAGES])
        studio = opener.studio(replace(study, images=few), "auto")
        layers = [layer for layer, _ in study.layers()]
        ratios, seconds = [], []
        for _ in range(PAIRS):
            started = time.perf_counter()
            bare(studio)
            middle = time.perf_counter()
            survey(studio, layers, top=9)
            ended = time.perf_counter()
            seconds.append((middle - started, ended - middle))
            ratios.append((ended - middle) / (middle - started))
        write(
            "examples",
            {
                "images": IMAGES,
                "batch": BATCH,
                "layers": len(layers),
                "ratio_median": round(statistics.median(ratios), 3),
                "ratios": [round(ratio, 3) for ratio in ratios],
                "bare_and_survey_seconds": [[round(a, 2), round(b, 2)] for a, b in seconds],
                "peak_gib": peak_gib(),
            },
        )


if __name__ == "__main__":
    main()
