"""The list of what is due that a records manager approved, and the proof that records are a row of it; pure.

The digest of a list is the root of the Merkle tree of its rows (RFC 9162). A run records the digest before it destroys
anything, and each command to destroy shows for each class and part the place of its row and the path from it to the
digest. So a command names nothing that was not on the list that somebody looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid5

from ledger.events import DestructionApproved, Json
from ledger.log.merkle import leaf_hash, root_along

_LISTS = UUID("3b9f1d5e-0b8e-5f6c-9d55-2f0f4d1c8a77")
_HASH = re.compile(r"[0-9a-f]{64}")


def list_stream(on: str, digest: str) -> UUID:
    """The stream on which the approval of a list is recorded, from its day and its digest."""
    return uuid5(_LISTS, f"{on}/{digest}")


def row_hash(
    customer_id: UUID, class_: str, part: str, *, destroy_by: str | None, rule: str, held_by: Sequence[str] = ()
) -> bytes:
    """The leaf of a row: whose records, which class and part, by which day, under which rule, and what holds them."""
    values = (customer_id, class_, part, destroy_by, rule, *held_by)
    return leaf_hash("\x1f".join(map(str, values)).encode())


def proof(place: int, path: Sequence[bytes]) -> dict[str, Json]:
    """The place of a row in the list, from 0, and the path from it to the digest, as a command carries them."""
    return {"place": place, "path": [sibling.hex() for sibling in path]}


def is_row(customer_id: UUID, destroyed: Mapping[str, Json], approved: DestructionApproved) -> bool:
    """Whether an item of `destroyed` proves that it is a row of an approved list that nothing held."""
    place, path = destroyed.get("place"), destroyed.get("path")
    if not isinstance(place, int) or not isinstance(path, list):
        return False
    siblings = [bytes.fromhex(text) for text in path if isinstance(text, str) and _HASH.fullmatch(text)]
    row = row_hash(
        customer_id, str(destroyed["class"]), str(destroyed.get("part") or ""),
        destroy_by=str(destroyed["destroy_by"]), rule=str(destroyed.get("rule")),
    )  # fmt: skip
    root = root_along(row, place, approved.rows, siblings) if len(siblings) == len(path) else None
    return root is not None and root.hex() == approved.digest
