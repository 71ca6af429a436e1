"""What makes each filter respond, and what goes on from it: circuits of single filters."""

from convatlas.lenses.circuits.lens import Circuits

__all__ = ["Circuits"]
