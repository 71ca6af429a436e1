"""Pictures followed through a network: feature maps, and the pixels that filters respond to."""

from convatlas.lenses.probes.lens import Probes

__all__ = ["Probes"]
