"""Tells a question from an order given in words, and says which command would do it.

The funnel puts the refusal above its facts. Nothing here can act: whoever asks for a trade
learns that this side of the program can't, and what a person may type instead.
"""

import re
from typing import Final

_QUESTION: Final = re.compile(
    r"(?:why|what|when|how|who|which|where|did|do|does|is|are|was|were|has|have|had|explain|show|"
    r"tell|list|describe|summari[sz]e)\b"
)
_POLITE: Final = re.compile(
    r"^(?:please|pls|kindly|now|just|ok|okay|hey|hi|so|and|then|also|"
    r"(?:can|could|would|will) you|you (?:must|should)|i (?:want|need) you to|let'?s|go)\b[,\s]*"
)
_CLAUSE: Final = re.compile(r"[.,;:!?\n]+|\band\b|\bthen\b")
_SENTENCE: Final = re.compile(r"[.;!?\n]+")

_CANT: Final = "I can't do that: questions only read."
_NO_TRADE: Final = (
    f"{_CANT} tai2 places an order only when its own decision passes every rule; "
    "stop it with: tai2 halt"
)
_NO_CLOSE: Final = (
    f"{_CANT} Stop new orders with: tai2 halt — its stops stay at the exchange; "
    "close or cancel by hand there."
)
_NO_CONFIG: Final = f"{_CANT} Change it with: tai2 config set interval 60 (all: tai2 config get)"
_NO_HALT: Final = f"{_CANT} Stop trading with: tai2 halt"
_NO_RESUME: Final = f'{_CANT} Allow trading again with: tai2 resume --reason "…"'

_COMMANDS: Final = (
    (re.compile(r"(?:stop|halt|pause|disable)\b"), _NO_HALT),
    (re.compile(r"(?:resume|restart|unpause|enable|start)\b"), _NO_RESUME),
    (re.compile(r"(?:close|flatten|exit|liquidate|cancel|reduce)\b"), _NO_CLOSE),
    (re.compile(r"(?:change|set|use|switch|increase|decrease|raise|lower|make)\b"), _NO_CONFIG),
    (re.compile(r"(?:buy|sell|short|long|open|trade|place|execute|enter|order|bet)\b"), _NO_TRADE),
)


def refusal_of(question: str) -> str:
    """Return what to answer to a request to act, naming the right command; "" = a question."""
    text = question.lower().strip()
    for clause in (_SENTENCE if _QUESTION.match(text) else _CLAUSE).split(text):
        if refusal := _refusal(clause.strip()):
            return refusal
    return ""


def _refusal(clause: str) -> str:
    while (polite := _POLITE.match(clause)) is not None:
        clause = clause[polite.end() :]
    return next((refusal for verb, refusal in _COMMANDS if verb.match(clause)), "")
