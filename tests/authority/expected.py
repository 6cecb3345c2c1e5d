"""Who may give which command about whom, and what becomes of it: written by hand from the sources, never from the code.

A row has six letters, one for each relation:

1. the caller's own act about a person it serves (for an organisation: its own entry),
2. an act of an organisation under it, about a person it serves (an entry of one under it),
3. another organisation's act, about a person it serves (another organisation's entry),
4. its own act about a person it does not serve,
5. its own act about a person of the other programme (an organisation of the other programme),
6. its own act about an id that is not on record (an organisation that is not registered yet).

The letters: E takes effect; W waits as a claim; A takes effect at once and is listed as a claim; R is refused for the
role; N is refused because nothing or something else is on record.
"""

from __future__ import annotations

RELATIONS = (
    "own act, person served",
    "act of one under it, person served",
    "another's act, person served",
    "own act, person not served",
    "own act, other programme",
    "own act, not on record",
)
ROLES = (
    "case-worker", "records-manager", "importer", "administrator", "auditor", "contractor", "contractor-manager",
    "jobcentre-plus",
)  # fmt: skip
NEVER = "RRRRRR"

# What each kind of command means for the controller's side, a contractor and an office.
_CHANGES = {"controller": "EEEEWN", "contractor": "EEWWWW", "office": "WWWWWW"}
_PROTECTS = {"controller": "EEEEAN", "contractor": "EEAAAW", "office": "AAAAAW"}
_BEGINS_OWN = {"controller": "EEEEWN", "contractor": "EEWAAW", "office": "EWWEEW"}
_REFERS_TO_OWN = {"controller": "EEEEWN", "contractor": "EEWAAW", "office": "WWWWWW"}
_OF_CONTROLLER = {"controller": "EEEEWN", "contractor": NEVER, "office": NEVER}
_STEP = {"controller": "EEEEEN", "contractor": "EEEEEW", "office": "WWWWWW"}
_STEP_OF_CONTROLLER = {"controller": "EEEEWN", "contractor": NEVER, "office": NEVER}
_REGISTER = {"controller": "EEEEWE", "contractor": NEVER, "office": NEVER}
