"""Pictures followed through a network: feature maps, and what in them made filters answer."""

from convatlas.lenses.probes.lens import Probes

__all__ = ["Probes"]
