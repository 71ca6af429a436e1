"""Effects: what each filter does to the network's output, predicted and put to the test."""

from convatlas.lenses.effects.lens import Effects

__all__ = ["Effects"]
