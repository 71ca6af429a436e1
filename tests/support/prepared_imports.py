"""What ``prepared`` has imported, and which templates it has compiled, before it forks."""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before torch and NumPy read it

import torchvision  # noqa: F401

import convatlas.pipeline
import convatlas.receipts.issue  # noqa: F401
from convatlas.site.templating.theme import environment

templates = environment(None)
for name in templates.list_templates():
    templates.get_template(name)  # and so compile it
