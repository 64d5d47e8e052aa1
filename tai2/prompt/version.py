"""Identifies a prompt: the hash of everything that shapes a reply, save the facts.

The reasoner stores it with each decision, scores are kept by it, `tai2 prompt` shows it.
Two prompts with one hash must be the same bytes.
"""

import hashlib

from tai2.prompt.render import PROMPT_VERSION, system_prompt
from tai2.prompt.schema import schema_text

HASH_LENGTH = 12


def prompt_hash(base: str, strategy: str) -> str:
    """Return the first 12 hex digits of SHA-256 over system text, schema and renderer.

    Args:
        base: The operator's template, "" = the default one.
        strategy: The operator's strategy, "" = none.
    """
    parts = (system_prompt(strategy, base), schema_text(), PROMPT_VERSION)
    joined = "\x1f".join(parts).encode()
    return hashlib.sha256(joined).hexdigest()[:HASH_LENGTH]
