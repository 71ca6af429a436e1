"""What importing the user's code changes for the whole process is put back."""

from __future__ import annotations

import logging
import signal
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from convatlas.config.sources import Source
from convatlas.config.user_code import UserCodeError, make

CHANGES = """
import io, logging, signal, sys, warnings
import numpy as np
from PIL import Image, ImageFile
warnings.simplefilter('error')
logging.disable(logging.CRITICAL)
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.stdout = io.StringIO()
sys.stderr = io.StringIO()
np.seterr(all='raise')
ImageFile.LOAD_TRUNCATED_IMAGES = True
Image.MAX_IMAGE_PIXELS = None
def made():
    return [1]
def fails():
    sys.exit(3)
"""


@pytest.mark.parametrize("attribute", ["made", "fails"])
def test_settings_are_put_back(tmp_path: Path, attribute: str) -> None:
    def settings() -> list[object]:
        pillow = (ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS)
        streams = (sys.stdout, sys.stderr)
        handler = signal.getsignal(signal.SIGINT)
        return [
            list(warnings.filters),
            logging.root.manager.disable,
            handler,
            *streams,
            np.geterr(),
            *pillow,
        ]

    (tmp_path / "code.py").write_text(CHANGES)
    before = settings()
    if attribute == "made":
        assert make(Source("file", "code.py", "made"), {}, tmp_path).value == [1]
    else:
        with pytest.raises(UserCodeError, match="SystemExit"):
            make(Source("file", "code.py", "fails"), {}, tmp_path)
    assert settings() == before
