"""The decision schema tai2_decision_v1, as data.

The language-model client sends it, the parser walks it; both read the same bytes. Its keys keep
their order, because the order of keys is the order of generation, and nothing may rewrite it.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

SCHEMA_NAME: Final = "tai2_decision_v1"
_FILE: Final = "decision.schema.json"


@cache
def schema_text() -> str:
    """Return the schema exactly as shipped."""
    return (files("tai2.prompt") / "templates" / _FILE).read_text(encoding="utf-8")


@cache
def decision_schema() -> dict[str, Any]:
    """Return the schema as a JSON object; callers must not change it."""
    schema: dict[str, Any] = json.loads(schema_text())
    return schema
