"""The atlas file that new users start from."""

from __future__ import annotations

from pathlib import Path

import convatlas
from convatlas.errors import AtlasError

PACKAGE = Path(convatlas.__file__).parent


def starter() -> str:
    """Return the commented atlas.yaml of the demo, from the package or else from the checkout."""
    shipped = PACKAGE / "atlas.yaml"
    return (shipped if shipped.exists() else PACKAGE.parents[1] / "atlas.yaml").read_text("utf-8")


def write_starter(folder: Path) -> str:
    """Write atlas.yaml into a folder and return a message about what to do next.

    Raises:
        AtlasError: the file already exists, or the folder cannot be written.
    """
    path = folder / "atlas.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(starter())
    except FileExistsError:
        raise AtlasError(f"{path} is there already; edit it, or name another folder") from None
    except OSError as error:
        raise AtlasError(f"{path}: {error.strerror}; name a folder that can be written") from error
    return f"wrote {path}; now run: convatlas build -c {path}"
