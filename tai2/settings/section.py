"""What every group of options is made of: frozen, strict about names, described by docstrings.

The files of options build on it. A value of a wrong kind must name its option, never itself.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A group of options: frozen, and strict about names."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True
    )


Positive = Annotated[Decimal, Field(gt=0, allow_inf_nan=False)]
"""A number above 0."""
Count = Annotated[int, Field(ge=1, le=100_000)]
