"""One decision in full: the method `decision`.

The daemon answers from the journal, the ENGINE view and `tai2 decisions --id` read it.
It only reads; the record is the model's own.
"""

from dataclasses import dataclass
from typing import Final

from tai2.model.ids import DecisionId
from tai2.model.thought import Thought
from tai2.wire.method import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class ThoughtParams:
    """Which decision."""

    decision_id: DecisionId


DECISION: Final = Method("decision", ThoughtParams, Thought)
