"""The reference's own reader of ``layer.json`` reads what is published."""

from __future__ import annotations

import json
from typing import Any

from convatlas.site.exports.layer_json import layer_json, told_layer
from support.documents import DOCS, blocks
from support.synthetic import synthetic_manifest


def test_the_documents_reader_reads_every_kind_of_filter() -> None:
    (block,) = [each for each in blocks(DOCS / "reference" / "files.md") if "def rows" in each.code]
    found: dict[str, Any] = {}
    exec(block.code, found)
    for layer in synthetic_manifest(layers=4, filters=16)[0]["networks"][0]["layers"]:
        told = json.loads(json.dumps(layer_json(layer)))
        filters = found["rows"]({"keys": told["filters"]}, told["count"])
        assert filters == told_layer(layer)["filters"]
