"""From records to the manifest: names of files, verdicts, a layer's health."""

from __future__ import annotations

from typing import Any

import pytest

from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Picture, RecordRequest, StoredRecord
from convatlas.site.manifest import assemble
from convatlas.ui.network_results import NetworkResults
from support.facts import ATLAS, IMAGES, NETWORK
from support.synthetic_made import recipe


def attempts(
    role: str, *responses: float, index: int = 0
) -> list[tuple[RecordRequest, StoredRecord]]:
    made = recipe(96)
    history = {"steps": [0, 4], "responses": [0.0, 1.0], "frames": [0, 4]}
    records = []
    for number, response in enumerate(responses):
        how = {"direction": "positive", "attempt": number, "made": made}
        names = {
            name: Picture(name.ljust(64, "0"), 96, 96, "webp") for name in ("picture", "history")
        }
        data = {"response": response, "position": [0, 0], "map": [4, 4], "flat": False}
        record = StoredRecord({**data, "history": history, "provenance": {}}, names)
        records.append(
            (RecordRequest(f"{role}{number}", "maximize", "conv1", index, role, how), record)
        )
    return records


def seen(
    highest: float, share: float, std: float = 1.0, index: int = 0
) -> list[tuple[RecordRequest, StoredRecord]]:
    """What images tell of a filter that is above zero at this share of the positions."""
    bounds = {"highest": highest, "lowest": -9.0}
    shown: dict[str, Any] = {"top": [], "lowest": [], "range": [], "heat": None}
    data = {**shown, "images": 1, "bounds": bounds, "std": std, "share_positions": share}
    return [(RecordRequest("key", "examples", "conv1", index), StoredRecord(data, {}))]


def alike(*pairs: list[Any]) -> list[tuple[RecordRequest, StoredRecord]]:
    """The derived record of a layer whose filters have no neighbours but these duplicates."""
    data = {"nearest": {}, "duplicates": list(pairs)}
    return [(RecordRequest("derived", "neighbours", "conv1", "neighbours"), StoredRecord(data, {}))]


@pytest.fixture(scope="module")
def manifest() -> Any:
    """Filter 0 passes at once, 1 at the third attempt, 2 never; 3 is dead.

    0 is always on, and 1 answers as 2 does.
    """
    shares = (1.0, 0.25, 0.25, 0.0)
    made = {0: (20.0,), 1: (5.0, 6.0, 12.0), 2: (5.0, 8.0, 7.0, 6.0), 3: (-1.0, -0.5)}
    records = alike([1, 2, 0.99])
    for index, responses in made.items():
        records += attempts("positive", *responses, index=index)
        highest = -2.0 if index == 3 else 10.0
        records += seen(highest, shares[index], std=1.0 + index, index=index)
    records += attempts("second", 30.0) + attempts("my own/positive", 9.0)
    found = RecordIndex.of(records)
    results = NetworkResults(NETWORK, {"conv1": range(4)}, IMAGES, found)
    return assemble(ATLAS, [results])


def test_files_are_named_by_filter_role_and_digest(manifest: Any) -> None:
    names = {path for path in manifest["files"] if path.startswith("net/conv1/0-")}
    assert names == {
        f"net/conv1/0-{role}{kind}-{digest}.webp"
        for role in ("positive", "second", "my-own-positive")
        for kind, digest in (("", "picture0"), ("-history", "history0"))
        if (role, kind) != ("second", "-history")  # what stands beside the first has no strip
    }


def test_a_layers_health_counts_the_live(manifest: Any) -> None:
    layer = manifest["networks"][0]["layers"][0]
    scale = {"low": 1.15, "median": 2.5, "high": 3.85}  # of 1, 2, 3 and 4
    assert [filter["dead"] for filter in layer["filters"]] == [False, False, False, True]
    assert layer["health"] == {
        "filters": 4,
        "dead": 1,
        "passed": 2,
        "failed": 1,
        "median_ratio": 1.2,
        "attempts": pytest.approx(8 / 3),
        "never": 1,
        "always": 1,
        "duplicates": [[1, 2, 0.99]],
        "reach": {"images": 1, "of": 1},
        "scale": {name: pytest.approx(value) for name, value in scale.items()},
        "shares": {"edges": [n / 10 for n in range(11)], "counts": [1, 0, 2, *[0] * 6, 1]},
    }


def test_without_pictures_there_is_no_mean_of_attempts() -> None:
    results = NetworkResults(NETWORK, {"conv1": range(4)}, IMAGES, RecordIndex())
    health = assemble(ATLAS, [results])["networks"][0]["layers"][0]["health"]
    assert health["attempts"] is None
    assert health["median_ratio"] is None
    assert health["dead"] is None
    unknown = ("never", "always", "duplicates", "reach", "scale", "shares")
    assert [health[name] for name in unknown] == [None] * 6


def test_a_further_picture_that_excites_keeps_a_filter_alive() -> None:
    made = attempts("positive", -1.0) + attempts("second", 0.5)
    found = RecordIndex.of([*made, *seen(-2.0, 0.0)])
    results = NetworkResults(NETWORK, {"conv1": [0]}, IMAGES, found)
    (filter,) = assemble(ATLAS, [results])["networks"][0]["layers"][0]["filters"]
    assert filter["dead"] is False


def test_recipes_are_told_for_the_about_page(manifest: Any) -> None:
    names = [(part["network"], part["name"]) for part in manifest["recipes"]]
    assert names == [("net", "to excite"), ("net", "to excite, second picture")]
