"""Turns a reasoner's raw answer into a decision that passed every check, or into none.

The cycle calls it. A failed or doubtful reply must become NoDecision with its code.
"""

from tai2.model.decision import Decision, DecisionRequest, NoDecision, Reply, ReplyFailed
from tai2.prompt.parse import parse_reply


def believe(reply: Reply | ReplyFailed, request: DecisionRequest) -> Decision | NoDecision:
    """Return what a reply amounts to."""
    if isinstance(reply, ReplyFailed):
        return NoDecision(
            decision_id=request.decision_id,
            stage="reasoner",
            code=reply.code,
            detail=reply.detail,
        )
    return parse_reply(reply.text, request)
