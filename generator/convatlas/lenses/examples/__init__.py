"""The images that excite each filter most, for all layers in one pass over the image set."""

from convatlas.lenses.examples.lens import Examples

__all__ = ["Examples"]
