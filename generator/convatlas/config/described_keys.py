"""What the schema says about a value of ``atlas.yaml``: its keys and its description."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from convatlas.config.schema import Atlas
from convatlas.config.yaml_document import Path

Node = dict[str, Any]
"""A part of a JSON Schema."""


class DescribedKeys:
    """The keys of ``atlas.yaml`` with their descriptions, from the schema's JSON Schema."""

    def __init__(self, atlas: type[Atlas]) -> None:
        self._schema = _json_schema(atlas)

    def below(self, path: Path) -> list[str]:
        """Return the keys that the mapping at a path may have."""
        options = self._options(self._node(path))
        return [name for option in options for name in option.get("properties", {})]

    def sentence(self, path: Path) -> str:
        """Return the first sentence of the description at a path, without its full stop."""
        text = str(self._node(path).get("description", ""))
        return re.split(r"\.(?:\s|$)", text, maxsplit=1)[0].replace("``", "`").replace("\n", " ")

    def _node(self, path: Path) -> Node:
        """Return the part of the schema that describes the value at a path, or an empty one."""
        node = self._schema
        for step in path:
            for option in self._options(node):
                if step in option.get("properties", {}):
                    node = option["properties"][step]
                    break
                inner = option.get("items" if isinstance(step, int) else "additionalProperties")
                if isinstance(inner, dict):
                    node = inner
                    break
            else:
                return {}
        return node

    def _options(self, node: Node) -> list[Node]:
        """Return the alternatives of a schema, with references resolved."""
        if "$ref" in node:
            node = self._schema["$defs"][node["$ref"].rpartition("/")[2]]
        if "anyOf" in node:
            return [option for each in node["anyOf"] for option in self._options(each)]
        return [node]


@lru_cache(maxsize=1)
def _json_schema(atlas: type[Atlas]) -> Node:
    """Return the JSON Schema, which takes a tenth of a second to make."""
    return atlas.model_json_schema()
