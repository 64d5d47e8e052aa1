"""The published shape of the Latest Market Snapshot: a JSON schema made from the types.

`tai2 snapshot --schema` prints it, for programs that read Redis or the socket. It's made from
the model itself, so that document and schema can't differ.
"""

from typing import Any, Final

from tai2.model.snapshot import REQUIRED, SCHEMA_VERSION

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def snapshot_schema() -> dict[str, Any]:
    """Return the JSON schema of this version's snapshot.

    Amounts and prices are decimals in strings, instants are ms UTC. `x-required-for-decision`
    names the fields without which no decision is made; every other may be missing or stale.
    """
    import msgspec

    from tai2.model.snapshot import Snapshot

    shape = msgspec.json.schema(Snapshot)
    document = shape["$defs"]["Snapshot"]
    document["properties"]["schema_version"] = {"const": SCHEMA_VERSION}
    document["required"] = [*document["required"], "schema_version"]
    return {
        "$schema": _DIALECT,
        "$id": f"urn:tai2:snapshot:{SCHEMA_VERSION}",
        "title": f"tai2 Latest Market Snapshot, version {SCHEMA_VERSION}",
        "x-required-for-decision": list(REQUIRED),
        **shape,
    }
