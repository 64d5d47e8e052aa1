"""Makes a rule's refusal: the code is the rule's name in capitals, the numbers are text.

Every rule uses it. A refusal must say in one sentence what was found and what is allowed.
"""

from tai2.model.verdict import Refusal


def refusal(rule: str, text: str, limit: object = "", actual: object = "") -> Refusal:
    """Return a refusal whose code is the rule's name in capitals."""
    return Refusal(rule=rule, code=rule.upper(), limit=str(limit), actual=str(actual), text=text)
