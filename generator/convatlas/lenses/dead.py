"""Whether a filter is dead, according to the records of all lenses."""

from __future__ import annotations

from convatlas.lenses.examples.records import read_examples
from convatlas.lenses.maximize.records import exciting_answers
from convatlas.model import scores
from convatlas.model.facts import Layer
from convatlas.model.record_index import RecordIndex


def dead(records: RecordIndex, layer: Layer, index: int) -> bool | None:
    """Return whether nothing excites a filter; None if unknown.

    That is, neither any image nor any picture that was made to excite it, by any recipe.
    """
    examples = read_examples(records, layer.name, index)
    answers = list(exciting_answers(records, layer.name, index))
    return scores.dead(layer.rectified, examples.data if examples else None, answers)
