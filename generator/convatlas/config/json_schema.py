"""The JSON Schema of ``atlas.yaml`` for editors, published as ``docs/atlas.schema.json``."""

from __future__ import annotations

import json

from convatlas.config.schema import Atlas


def json_schema(atlas: type[Atlas]) -> str:
    """Return the JSON Schema of ``atlas.yaml`` as deterministic text."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **atlas.model_json_schema(),
    }
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
