"""Whether a planted shortcut is found: ten networks with one, and ten clean twins.

Each network learns eight classes of the demo's drawings; of one class, another one for each seed,
95 % bear a mark. Its clean twin learns the same drawings without. Both are then shown other
drawings, which bear no mark, under all built-in edits and with the mark laid over. The thresholds
of ``lenses/edits/shortcuts.py`` were chosen by seeds 100 to 105, which are not counted here.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from machine import ROOT, write

sys.path.insert(0, str(ROOT / "tests"))

import torch

from convatlas.demo.drawings import TRAINING
from convatlas.demo.fit import Schedule
from convatlas.images.edits.built_in import EDITS
from support.planted import CLASSES, MARK, Found, Pictures, examined, trained

SEEDS = range(10)
SEEN, UNSEEN = 60, 20
"""Drawings of each class for training, and to be edited."""
SCHEDULE = Schedule(epochs=8, batch=32, rate=0.06)


def told(found: Found, planted: int | None) -> dict[str, Any]:
    """What was found of a network."""
    first = found.edits[0]
    return {
        "planted": None if planted is None else CLASSES[planted],
        "strengths": {name: round(value, 3) for name, _, value, _ in found.edits[:4]},
        "suspects": found.suspects,
        "named_first": first[0] == MARK and first[1] == planted and first[3],
        "carrier": "{}/{}".format(*found.carrier),
        "carrier_notices": found.notices,
        "undone": round(found.undone, 3),
    }


def main() -> None:
    """Train and examine all, and write what was found."""
    torch.set_num_threads(1)
    started, networks = time.perf_counter(), []
    for seed in SEEDS:
        marked = seed % len(CLASSES)
        for planted in (marked, None):
            net = trained(Pictures(SEEN, TRAINING + SEEN * seed, planted), seed, SCHEDULE)
            networks.append({"seed": seed, **told(examined(net, EDITS, UNSEEN), planted)})
            print(networks[-1], file=sys.stderr, flush=True)
    bearing = [each for each in networks if each["planted"] is not None]
    clean = [each for each in networks if each["planted"] is None]
    result = {
        "of": len(bearing),
        "mark_named_first": sum(each["named_first"] for each in bearing),
        "first_carrier_notices_it": sum(each["carrier_notices"] for each in bearing),
        "undone_by_ten_at_least_half": sum(each["undone"] >= 0.5 for each in bearing),
        "clean_twins_with_a_suspect": sum(bool(each["suspects"]) for each in clean),
        "seconds": round(time.perf_counter() - started, 1),
        "networks": networks,
    }
    write("planted_shortcut", result)


if __name__ == "__main__":
    main()
