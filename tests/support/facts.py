"""One small network and its image set, as data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from convatlas.model.facts import (
    ImageFacts,
    ImageSetFacts,
    Layer,
    NetworkFacts,
    Preprocessing,
    ReceptiveField,
)
from convatlas.opening.configuration import atlas_schema

ATLAS = atlas_schema().model_validate(
    {
        "models": [{"name": "net", "source": "torchvision/alexnet"}],
        "images": [{"name": "photos", "source": "folder:photos"}],
        "lenses": {"maximize": {"variants": {"my own": {"steps": 9}}}},
    },
    context={"folder": Path("/")},
)


SPANS = tuple((n, n + 3) for n in range(4))


FIELD = ReceptiveField((3, 3), SPANS, SPANS)


PLAIN = {"kernel": (3, 3), "stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1}


LAYER: Any = Layer(
    **PLAIN,
    name="conv1",
    module="conv1",
    kind="Conv2d",
    filters=4,
    channels=3,
    transposed=False,
    weights="",
    map_size=(4, 4),
    activation="relu",
    rectified=True,
    field=FIELD,
    local_field=FIELD,
)


INPUT = Preprocessing((6, 6), (6,), 3, (0.0,), (1.0,), "bilinear")


NETWORK = NetworkFacts("net", "source", "none", 9, INPUT, (), (LAYER,), (), "0" * 64)


IMAGES = ImageSetFacts("photos", "", (ImageFacts("a" * 12, "a.png", None, None),), ())
