"""The OpenAPI schemas of commands, one for each, drawn from their declarations.

A request body is a `oneOf` with `type` as its discriminator, so a client generator makes one class per command and an
editor completes the fields of the one that is being written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI

from ledger.commands.catalogue import COMMANDS, body_of
from ledger.commands.declaration import Declaration, Field
from ledger.commands.description import SUBJECT_FIELD, when_words
from ledger.commands.reader import MOST_PEOPLE_IN_ONE_SHARE
from ledger.events import Json

_ID: Mapping[str, Json] = {"type": "string", "format": "uuid"}
_NOT_EMPTY = {"string": "minLength", "array": "minItems", "object": "minProperties"}


def schema_name(kind: Declaration) -> str:
    """The name of a command's schema, such as ShareData for share-data."""
    return "".join(word.capitalize() for word in kind.name.split("-"))


def any_command() -> dict[str, Json]:
    """The schema of a request body that is any command."""
    references = {kind.name: f"#/components/schemas/{schema_name(kind)}" for kind in COMMANDS.values()}
    return {
        "oneOf": [{"$ref": reference} for reference in references.values()],
        "discriminator": {"propertyName": "type", "mapping": {**references}},
    }


def schemas() -> dict[str, Json]:
    """The schema of each command by its name."""
    return {schema_name(kind): _schema(kind) for kind in COMMANDS.values()}


def install(app: FastAPI) -> None:
    """Add the schemas of the commands to the application's description."""
    describe = app.openapi

    def with_commands() -> dict[str, Any]:
        described = describe()
        described.setdefault("components", {}).setdefault("schemas", {}).update(schemas())
        return described

    app.openapi = with_commands  # type: ignore[method-assign]


def _schema(kind: Declaration) -> dict[str, Json]:
    subject = SUBJECT_FIELD[kind.subject]
    own = {name: _property(field) for name, field in kind.fields().items()}
    properties: dict[str, Json] = {
        "type": {"const": kind.name, "type": "string"},
        "id": {**_ID, "description": "The command's id; sending the same command again is safe."},
        "occurred_at": {"type": "string", "format": "date-time", "description": "When it happened."},
        **(
            {}
            if kind.subject in {"organisation", "claim"}
            else {subject: {**_ID, "description": f"The {kind.subject}'s id."}}
        ),
        **own,
    }
    required = ["type", "id", "occurred_at", *([] if _may_be_missing(kind) else [subject])]
    required += [name for name in kind.needs if name not in required]
    schema: dict[str, Json] = {
        "title": schema_name(kind),
        "description": f"{kind.makes.LABEL}. For {', '.join(sorted(kind.permitted))}.",
        "type": "object",
        "properties": properties,
        "required": [*required],
        "additionalProperties": False,
        "examples": [body_of(kind, example) for example in kind.examples.values() if not example.finds],
    }
    if kind.several is not None:
        properties["customers"] = _people(kind, own)
        schema["anyOf"] = [{"required": [subject]}, {"required": ["customers"]}]
    return schema


def _may_be_missing(kind: Declaration) -> bool:
    """Whether a command need not name whom it is about: several people instead, or a request that it begins."""
    return kind.several is not None or (kind.begins and kind.subject == "request")


def _people(kind: Declaration, own: Mapping[str, Json]) -> dict[str, Json]:
    return {
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_PEOPLE_IN_ONE_SHARE,
        "description": f"Several customers at once. Within each: {', '.join(kind.several or ())}, and other fields.",
        "items": {
            "type": "object",
            "properties": {"customer_id": {**_ID}, **own},
            "required": ["customer_id"],
            "additionalProperties": False,
        },
    }


def _property(field: Field) -> dict[str, Json]:
    words = [field.label[:1].upper() + field.label[1:], "sealed" if field.sealed else "in clear"]
    schema: dict[str, Json] = {**field.type.schema}
    if field.needed and (bound := _NOT_EMPTY.get(str(schema["type"]))):
        schema[bound] = 1
    if field.codes is not None and field.codes.closed:
        inner: dict[str, Json] = {"enum": [*field.codes.values]}
        if schema["type"] == "array":
            schema["items"] = {"type": "string", **inner}
        else:
            schema |= inner
    elif field.codes is not None:
        words.append(f"known codes: {', '.join(field.codes.values)}")
    if field.when:
        words.append(f"matters {when_words(field)}")
    schema["description"] = "; ".join(words) + "."
    return schema
