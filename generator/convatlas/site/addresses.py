"""Where the pages of networks, layers and filters stand in the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from convatlas.config import schema
from convatlas.config.reserved_names import RESERVED
from convatlas.ui.filter_layout import LAYOUTS, FilterLayout
from convatlas.ui.network_results import NetworkResults
from convatlas.ui.slugs import slugs

FILES = ("index.html", "atlas.json")
"""What stands beside the networks' folders."""
BESIDE_LAYERS = ("index.html", "classes", "prune.csv")
"""What stands beside the layers' folders: the network's page, its classes, a file of filters."""


@dataclass(frozen=True)
class Addresses:
    """The folders of networks and layers by their names; all addresses are from the site's root."""

    networks: Mapping[str, str]
    """A network's folder, without a slash."""
    layers: Mapping[tuple[str, str], str]
    """By (network, layer), the layer's folder in that of the network, in execution order."""
    layout: FilterLayout

    @classmethod
    def of(cls, atlas: schema.Atlas, results: Sequence[NetworkResults]) -> Addresses:
        """Return the addresses of all networks, and of their chosen layers and filters."""
        layers = {
            (each.network.name, name): slug
            for each in results
            for name, slug in slugs(_chosen(each), BESIDE_LAYERS).items()
        }
        networks = slugs([each.network.name for each in results], (*RESERVED, *FILES))
        return cls(networks, layers, LAYOUTS[atlas.site.pages])

    def folder(self, network: str, layer: str) -> str:
        """Return the folder of a layer's pages, with a slash at its end."""
        return f"{self.networks[network]}/{self.layers[network, layer]}/"

    def network(self, name: str) -> str:
        """Return the page of a network."""
        return f"{self.networks[name]}/index.html"

    def layer(self, network: str, name: str) -> str:
        """Return the page of a layer."""
        return f"{self.folder(network, name)}index.html"

    def filter(self, network: str, layer: str, index: int) -> str:
        """Return the page of a filter."""
        return self.folder(network, layer) + self.layout.address(index)


def _chosen(results: NetworkResults) -> list[str]:
    """Return the names of the chosen layers, in execution order."""
    return [layer.name for layer in results.network.layers if layer.name in results.filters]
