"""The numbers of a layer as CSV, against the manifest."""

from __future__ import annotations

import csv
import io
from copy import deepcopy
from typing import Any

import pytest

from convatlas.site.exports.layer_csv import layer_csv
from convatlas.ui.rounding import rounded
from support.synthetic import synthetic_manifest

Fact = dict[str, Any]

COLUMNS = (
    *("index", "page", "name", "remark", "dead"),
    *("highest", "lowest", "mean", "std", "share_images", "share_positions"),
    *("selectivity", "class", "class_mean"),
    *("ratio", "response", "attempts", "passed", "hue"),
)


@pytest.fixture(scope="module")
def layers() -> list[Fact]:
    manifest, _ = synthetic_manifest(layers=4, filters=24, sprites=True)
    found: list[Fact] = manifest["networks"][0]["layers"]
    return found


def rows(layer: Fact) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(layer_csv(layer).decode(), newline="")))


def test_there_is_a_row_for_each_filter(layers: list[Fact]) -> None:
    layer = layers[2]
    assert b"\r" not in layer_csv(layer)
    assert tuple(rows(layer)[0]) == COLUMNS
    for row, found in zip(rows(layer), layer["filters"], strict=True):
        examples, made = found["examples"], (found["maximize"] or {}).get("positive") or {}
        assert row["index"] == str(found["index"])
        assert row["page"] == f"{found['index']}.html"
        assert row["dead"] == ("true" if found["dead"] else "false")
        assert float(row["highest"]) == rounded(examples["bounds"]["highest"])
        assert float(row["share_positions"]) == rounded(examples["share_positions"])
        assert row["class"] == examples["classes"][0]["label"]
        assert row["ratio"] == ("" if made.get("ratio") is None else str(rounded(made["ratio"])))
        assert row["response"] == (str(rounded(made["response"])) if made else "")
        assert row["name"] == ("<pole> " + row["index"] if found["index"] % 8 == 6 else "")
        assert row["hue"] == ("" if found["hue"] is None else str(found["hue"]))


def test_what_no_image_tells_is_empty(layers: list[Fact]) -> None:
    told = rows(layers[3])  # the forward pass never reaches it
    assert {row["highest"] + row["class"] + row["dead"] for row in told} == {""}


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1+1", " \n=cmd|' /C calc'!A0", "\uff1d1+1"],
)
def test_no_text_is_a_formula(layers: list[Fact], text: str) -> None:
    layer = deepcopy(layers[2])
    layer["filters"][0]["note"] = {"name": text, "remark": text, "text": text}
    layer["filters"][0]["examples"]["classes"][0]["label"] = text
    row = rows(layer)[0]
    assert row["name"] == row["remark"] == row["class"] == "'" + text.strip()


def test_a_negative_number_stays_a_number(layers: list[Fact]) -> None:
    layer = deepcopy(layers[2])
    layer["filters"][0]["examples"]["mean"] = -0.5
    assert rows(layer)[0]["mean"] == "-0.5"


def test_a_text_in_quotes_may_hold_anything(layers: list[Fact]) -> None:
    layer = deepcopy(layers[2])
    layer["filters"][0]["note"] = {"name": 'a,"b"', "remark": None, "text": "a = b\n- c"}
    row = rows(layer)[0]
    assert (row["name"], row["remark"]) == ('a,"b"', "a = b\n- c")
