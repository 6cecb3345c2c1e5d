"""How a route reads its body and writes its answer, the same way everywhere."""

from __future__ import annotations

import orjson
from fastapi import Request, Response
from starlette.exceptions import HTTPException

from ledger.errors import Malformed

JSON = "application/json"
NDJSON = "application/x-ndjson"
PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""For every answer: kept by nobody on the way, and taken for nothing but what it says it is."""


def refuse_nul(request: Request) -> None:
    """A parameter with the one character that no text of the database can hold names nothing. Raises Malformed."""
    for name, value in request.query_params.multi_items():
        if "\0" in value:
            raise Malformed("A parameter cannot hold the character NUL.", field=name if "\0" not in name else None)


def refuse_unknown_parameters(request: Request) -> None:
    """A misspelt filter would be answered with everybody's rows. Raises Malformed, and repeats no parameter."""
    path = request.scope["route"].path
    if request.path_params or not path.startswith("/v1/"):  # one person's answer, or a probe's
        return
    described = request.app.openapi()["paths"][path][request.method.lower()]
    known = sorted(one["name"] for one in described.get("parameters", ()) if one["in"] == "query")
    if not set(request.query_params) <= set(known):
        said = f"the parameters are {', '.join(known)}" if known else "it takes no parameters"
        raise Malformed(f"This address does not know a parameter it was given; {said}.")


def answer(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status_code=status, media_type=JSON, headers=PRIVATE)


def media_type_of(request: Request) -> str:
    """The media type of the body without its parameters."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


def preferred(request: Request, *offered: str) -> str:
    """The offered media type the caller likes best; the first when they do not say. Answers 406 when none will do."""
    said = request.headers.get("accept") or "*/*"
    ranked = sorted(offered, key=lambda offer: _liking(said, offer), reverse=True)
    if _liking(said, ranked[0]) <= 0:
        raise HTTPException(406)
    return ranked[0]


def _liking(accept: str, offer: str) -> float:
    """The weight of the most specific range that covers the offer (RFC 9110 §12.5.1)."""
    best = (0, 0.0)
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        specific = {"*/*": 1, f"{offer.split('/', maxsplit=1)[0]}/*": 2, offer: 3}.get(name, 0)
        if specific > best[0]:
            best = (specific, _weight(parameters))
    return best[1]


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0
