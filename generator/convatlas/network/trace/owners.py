"""Which module a convolution belongs to: the one that holds the parameters of its weight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from convatlas.network.trace.graph import Graph, Node


class Owner(NamedTuple):
    """A module, by its path, and which of its parameters convolves; empty if none alone does."""

    module: str
    parameter: str


class Parameters:
    """A network's parameters, found again by their nodes, or by identity where there is no graph.

    A parameter that several modules hold has several paths.
    """

    def __init__(self, network: nn.Module, graph: Graph | None) -> None:
        self._paths = defaultdict[Node | Tensor, list[str]](list)
        self._sizes = dict[str, int]()
        named = network.named_parameters(remove_duplicate=False)
        for path, parameter in [(path, p) for path, p in named if not is_lazy(p)]:
            node = graph.find(parameter) if graph is not None else parameter
            if node is not None:
                self._paths[node].append(path)
                self._sizes[path] = parameter.numel()

    def owner(self, running: str, weight: Tensor, node: Node | None) -> Owner | None:
        """Return which module a convolution belongs to; None if it has no parameter of its own.

        That is the module that runs, if it holds a parameter of the weight. A convolution may also
        be called from outside: then the module that holds the parameter owns it. A weight that
        other modules or parameters of several modules make belongs to the module that runs, and so
        does a weight that is computed from the picture, if parameters inside that module take part.

        Args:
            running: The path of the innermost module that runs.
            weight: The tensor that convolves.
            node: Its node, if there is a graph.
        """
        leaves, ran = _origin(weight, node)
        held = [self._paths[leaf] for leaf in leaves if leaf in self._paths]
        paths = [path for group in held for path in group]
        own = [path for path in paths if holder(path) == running]
        if own:
            return Owner(running, self._largest(own))
        dynamic = node is not None and node.seen
        holders = {holder(group[0]) for group in held}
        if len(holders) == 1 and not dynamic and not holders & ran:
            return Owner(holders.pop(), self._largest(group[0] for group in held))
        inside = any(path.startswith(f"{running}.") for path in paths)
        takes_part = inside if dynamic else bool(held)
        return Owner(running, "") if running and takes_part else None

    def _largest(self, paths: Iterable[str]) -> str:
        return max(paths, key=lambda path: self._sizes[path])


def names(owners: Sequence[Owner]) -> Mapping[Owner, str]:
    """Name convolutions by their modules, or by their parameters where a module has several.

    The network itself has no path, so a convolution of its own is named by the parameter, too.
    """
    parameters = defaultdict[str, set[str]](set)
    for owner in owners:
        parameters[owner.module].add(owner.parameter)
    return {
        owner: owner.module
        if owner.module and (len(parameters[owner.module]) == 1 or not owner.parameter)
        else _named(owner.parameter)
        for owner in owners
    }


def holder(parameter: str) -> str:
    """Return the module that a parameter belongs to; a parametrization is a part of its module."""
    return _named(parameter).rpartition(".")[0]


def _named(parameter: str) -> str:
    """Return the path of what a parameter stands for: ``a.parametrizations.b.original`` is a.b."""
    before, parametrized, after = f".{parameter}".partition(".parametrizations.")
    name = f"{before}.{after.rpartition('.')[0]}" if parametrized else before
    return name.removeprefix(".")


def _origin(weight: Tensor, node: Node | None) -> tuple[Iterable[Node | Tensor], set[str]]:
    """Return what a weight was computed from, in the network's order, and which modules ran."""
    if node is None:
        return [weight], set()
    found, waiting = set[Node](), [node]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += one.inputs
    leaves = sorted((one for one in found if one.leaf is not None), key=lambda one: one.index)
    return leaves, {one.frame.path for one in found if one.frame is not None}
