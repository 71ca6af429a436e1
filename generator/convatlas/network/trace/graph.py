"""The graph of a forward pass: one node for each tensor, identified by its memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef

from convatlas.model.records import Json
from convatlas.network.receptive_fields.axis import Axis
from convatlas.network.receptive_fields.call import Fields
from convatlas.network.receptive_fields.overlay import Geometry, overlay
from convatlas.network.trace.calls import Call

BLIND: Fields = (None, None, None, None)
COPIES = frozenset({"alias", "detach", "clone", "_to_copy", "lift_fresh"})
"""Operations whose result equals their input."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A call of a module; ``since`` is the smallest index that a node made during it can have."""

    path: str
    module: nn.Module
    since: int = 0


@dataclass(eq=False)
class Node:
    """A tensor after an operation, with what it was computed from and what it sees.

    Attributes:
        index: Its position in the order of creation.
        op: The operation's name.
        settings: The operation's arguments other than tensors, as JSON.
        inputs: The nodes of the operation's tensor arguments.
        shape: The tensor's shape.
        output: Its index among the operation's outputs.
        fields: What it sees of the network's input.
        leaf: For a parameter, buffer or constant, the tensor itself or its digest.
        function: The torch function that was running when it was made.
        frame: The module call that was running when it was made.
        call: The function call that returned it.
        consumers: The nodes computed from it.
        returned: The module calls that returned it, in the order in which they ended.
        conditional: Whether the network had looked at values of the picture when it was made, and
            may make it or not depending on them.
    """

    index: int
    op: str
    settings: Mapping[str, Json]
    inputs: tuple[Node, ...]
    shape: tuple[int, ...]
    output: int = 0
    fields: Fields = BLIND
    leaf: str | Tensor | None = None
    function: str | None = None
    frame: Frame | None = None
    call: Call | None = None
    consumers: list[Node] = field(default_factory=list, repr=False)
    returned: list[Frame] = field(default_factory=list, repr=False)
    conditional: bool = False

    @property
    def seen(self) -> bool:
        """Whether the tensor depends on the network's input."""
        return any(axis is not None for axis in self.fields)

    def used_by(self, passing: frozenset[str] = COPIES) -> Iterator[Node]:
        """Yield the results that were computed from this node, skipping copies."""
        for node in self.consumers:
            if node.op in passing:
                yield from node.used_by(passing)
            else:
                yield node


@dataclass
class Memory:
    """The tensors in one storage; the reference to it keeps its address from being reused."""

    storage: StorageWeakRef | Tensor
    nodes: dict[tuple[Geometry, str], Node] = field(default_factory=dict)


class Graph:
    """All nodes of a forward pass, by the memory of their tensors.

    ``escaped`` is set once values have left torch, because a later constant may contain them.
    ``conditional`` is set once values of the picture have, so that the path may depend on them.
    """

    def __init__(self) -> None:
        self.escaped = False
        self.conditional = False
        self.count = 0
        self._memories: dict[int, Memory] = {}

    def node(
        self,
        op: str,
        settings: Mapping[str, Json],
        inputs: Sequence[Node] = (),
        *,
        shape: tuple[int, ...],
        output: int = 0,
        fields: Fields = BLIND,
        leaf: str | Tensor | None = None,
        function: str | None = None,
        frame: Frame | None = None,
    ) -> Node:
        """Create a node; only the first output of an operation is listed among the consumers."""
        made = Node(
            self.count, op, settings, tuple(inputs), shape, output, fields, leaf, function, frame
        )
        made.conditional = self.conditional
        self.count += 1
        if output == 0:
            for source in dict.fromkeys(inputs):
                source.consumers.append(made)
        return made

    def find(self, tensor: Tensor) -> Node | None:
        """Return the node of a tensor, or None if it is unknown."""
        return self._memory(tensor).nodes.get(_place(tensor))

    def define(self, tensor: Tensor, node: Node) -> None:
        """Add a new tensor, unless it is a view of the same memory as a known one."""
        self._memory(tensor).nodes.setdefault(_place(tensor), node)

    def write(self, tensor: Tensor, node: Node) -> None:
        """Record that a tensor, and all that share its memory, has been written in place."""
        memory, place = self._memory(tensor), _place(tensor)
        for other, old in list(memory.nodes.items()):
            if other != place and not other[0].apart(place[0]):
                memory.nodes[other] = self._overwritten(old, other[0], node, place[0])
        memory.nodes[place] = node

    def _overwritten(self, old: Node, place: Geometry, new: Node, region: Geometry) -> Node:
        rows, columns, *local = (
            overlay(before, place, after, region)
            for before, after in zip(old.fields, new.fields, strict=True)
        )
        fields: Fields = (rows, columns, local[0], local[1])
        where = [
            region.offset - place.offset,
            *(list(part) for part in (place.sizes, place.strides, region.sizes, region.strides)),
        ]
        return self.node(
            "written",
            {"where": where},
            (old, new),
            shape=place.sizes,
            fields=fields,
            function=new.function,
            frame=new.frame,
        )

    def _memory(self, tensor: Tensor) -> Memory:
        if tensor.layout is not torch.strided:  # it has several storages, so it is its own memory
            return self._memories.setdefault(id(tensor), Memory(tensor))
        storage = tensor.untyped_storage()
        address = storage._cdata
        if address not in self._memories:
            self._memories[address] = Memory(StorageWeakRef(storage))  # type: ignore[no-untyped-call]
        return self._memories[address]


def _place(tensor: Tensor) -> tuple[Geometry, str]:
    if tensor.layout is not torch.strided:
        return Geometry(0, tuple(tensor.shape), (0,) * tensor.dim()), str(tensor.layout)
    geometry = Geometry(int(tensor.storage_offset()), tuple(tensor.shape), tensor.stride())
    return geometry, str(tensor.dtype)


def input_fields(shape: Sequence[int]) -> Fields:
    """Return the fields of the network's input, [n, channels, height, width]."""
    rows = Axis.of_input(len(shape), 2, shape[2])
    columns = Axis.of_input(len(shape), 3, shape[3])
    return rows, columns, rows, columns
