"""What is known of a format that pictures are published in, whoever encodes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from PIL import features

from convatlas.errors import RenderError


@dataclass(frozen=True)
class Format:
    """A format of picture files."""

    suffix: str
    """What names of such files end in, without the dot; ``Picture.format`` of the records."""
    media_type: str
    """What servers and data: URIs say of it: "image/webp"."""
    pillow: str
    """What Pillow calls it: "WEBP"."""
    feature: str
    """What ``PIL.features`` calls the library that Pillow was built with for it: "webp"."""
    begins: re.Pattern[bytes]
    """What the first twelve bytes of a file match."""

    def require(self) -> None:
        """Stop where Pillow was built without the format, as some packagers do.

        To take another format instead would put other bytes under the same key.

        Raises:
            RenderError: it was.
        """
        if not features.check(self.feature):
            raise RenderError(
                f"this Pillow was built without {self.pillow}, in which pictures are kept; "
                "install its own wheel (pip install --force-reinstall pillow)"
            )
