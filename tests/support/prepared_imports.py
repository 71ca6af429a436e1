"""What ``prepared`` has imported before it forks."""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before torch and NumPy read it

import torchvision  # noqa: F401

import convatlas.pipeline
import convatlas.receipts.issue  # noqa: F401
