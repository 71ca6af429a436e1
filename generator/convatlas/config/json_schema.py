"""The configuration's schema for editors, as ``docs/atlas.schema.json``."""

from __future__ import annotations

import json

from convatlas.config.schema import Atlas


def json_schema() -> str:
    """JSON Schema of ``atlas.yaml``; the same text every time."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Atlas.model_json_schema(),
    }
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
