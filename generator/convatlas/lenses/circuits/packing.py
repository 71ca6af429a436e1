"""A filter's circuit in few bytes, as the store keeps it: integers in one text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from convatlas.lenses.circuits.records import Behind, CircuitData, Consumer, Input, PackedCircuit
from convatlas.lenses.circuits.vlq import decoded, encoded
from convatlas.model.records import short

DROPS = 100_000
"""A drop is told in so many parts of the excess, that of a consumer of its own one."""
IMAGES = 100
"""The same of drops at single images."""
SHARES = 1000
"""A share is told in so many parts of the variance."""
WEIGHTS = 1000
"""A weight is told in so many parts of the largest one that is listed."""
UNKNOWN = 1_000_000
"""Stands for a share that is not known."""


def packed(data: CircuitData, after: Sequence[str]) -> PackedCircuit:
    """Return a circuit in few bytes; without filters before it if its excess is not above zero.

    Args:
        data: The circuit.
        after: The layers that consumers may belong to.
    """
    excess = data["excess"]
    told = excess > 0
    inputs = [*data["exciting"], *data["inhibiting"]] if told else []
    behind = data["behind"] if told else []
    largest = max((abs(each[4]) for each in inputs), default=0.0)
    numbers = [
        data["images"],
        data["inputs"],
        round(DROPS * data["total"] / excess) if told else 0,
        _bits(data["groups"]),
        *(len(data["exciting"]) if told else 0, len(inputs), len(behind), len(data["consumers"])),
    ]
    for place, index, drop, share, weight, by_image in inputs:
        numbers += (place, index, round(DROPS * drop / excess))
        numbers.append(UNKNOWN if share is None else round(SHARES * share))
        numbers.append(round(WEIGHTS * weight / largest) if largest else 0)
        numbers += (round(IMAGES * each / excess) for each in by_image)
    for place, index, drop in behind:
        numbers += (place, index, round(DROPS * drop / excess))
    for layer, index, drop in data["consumers"]:
        numbers += (after.index(layer), index, round(DROPS * drop))
    return {"excess": excess, "weight": short(largest), "numbers": encoded(numbers)}


def unpacked(record: PackedCircuit, after: Sequence[str]) -> CircuitData:
    """Return the circuit, with ``after`` as it was packed with."""
    numbers, excess = decoded(record["numbers"]), record["excess"]
    images, count, total, groups, exciting, inputs, behind, consumers = islice(numbers, 8)
    units = excess, record["weight"]
    listed = [_input(numbers, images, *units) for _ in range(inputs)]
    return {
        "images": images,
        "excess": excess,
        "exciting": listed[:exciting],
        "inhibiting": listed[exciting:],
        "total": total / DROPS * excess,
        "inputs": count,
        "behind": [_behind(numbers, excess) for _ in range(behind)],
        "consumers": [_consumer(numbers, after) for _ in range(consumers)],
        "groups": _groups(groups),
    }


def _input(numbers: Iterator[int], images: int, excess: float, largest: float) -> Input:
    place, index, drop, share, weight = islice(numbers, 5)
    return (
        place,
        index,
        drop / DROPS * excess,
        None if share == UNKNOWN else share / SHARES,
        weight / WEIGHTS * largest,
        [each / IMAGES * excess for each in islice(numbers, images)],
    )


def _behind(numbers: Iterator[int], excess: float) -> Behind:
    place, index, drop = islice(numbers, 3)
    return place, index, drop / DROPS * excess


def _consumer(numbers: Iterator[int], after: Sequence[str]) -> Consumer:
    place, index, drop = islice(numbers, 3)
    return after[place], index, drop / DROPS


def _bits(groups: Sequence[int] | None) -> int:
    """Return the group of each image as a bit, the first one lowest, below a bit that ends them."""
    bits = (group << place for place, group in enumerate([*groups, 1])) if groups else ()
    return sum(bits)


def _groups(bits: int) -> list[int] | None:
    return [bits >> place & 1 for place in range(bits.bit_length() - 1)] if bits else None
