"""Identifies a prompt: the hash of everything that shapes a reply, save the facts.

The reasoner stores it with each decision, scores are kept by it, `tai2 prompt` shows it.
Two prompts with one hash must be the same bytes.
"""

import hashlib

from tai2.prompt.render import PROMPT_VERSION, template
from tai2.prompt.schema import schema_text

HASH_LENGTH = 12


def system_text(base: str, strategy: str) -> str:
    """Return the system message.

    Args:
        base: The operator's system prompt with {strategy} where the strategy goes;
            "" = the default one. Without the mark the strategy follows at the end.
        strategy: The operator's strategy; "" = none.
    """
    text, words = base or template(), strategy.strip() or "none"
    if "{strategy}" in text:
        return text.replace("{strategy}", words)
    return f"{text.rstrip()}\nOPERATOR STRATEGY\n{words}\n"


def prompt_hash(base: str, strategy: str) -> str:
    """Return the first 12 hex digits of SHA-256 over system text, schema and renderer."""
    parts = (system_text(base, strategy), schema_text(), PROMPT_VERSION)
    joined = "\x1f".join(parts).encode()
    return hashlib.sha256(joined).hexdigest()[:HASH_LENGTH]
