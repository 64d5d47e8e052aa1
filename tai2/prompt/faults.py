"""Why a reply can't be believed: the stage that refused it, a stable code, the detail.

Each stage of the parser raises it, `parse_reply` turns it into a NoDecision. It must never
leave this package: outside, a refused reply is an outcome, not an exception.
"""


class Fault(Exception):
    """The first refusal of a reply; stops the pipeline."""

    def __init__(self, stage: str, code: str, detail: str) -> None:
        """Keep stage (extract, parse, schema, semantic, evidence), code and one line."""
        super().__init__(f"{stage} {code}: {detail}")
        self.stage = stage
        self.code = code
        self.detail = detail
