"""How large the tiles of attribution may be; both limits are part of the records' keys."""

from __future__ import annotations

SIDES = (72, 56, 40)
"""Maximum longer side of a tile, in pixels; the first that fits is used, without enlarging."""

BYTES = 9_000
"""Maximum size of the tiles of one method, in bytes."""
