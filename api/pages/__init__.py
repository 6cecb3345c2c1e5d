"""The pages a case worker uses, in plain HTML that needs no script; they show what the other doors answer.

`install` adds them to the application. No name, address or other personal data is ever part of an address of a page.
"""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from api.pages import (
    access_review,
    attempts,
    claims,
    customers,
    destruction,
    findings,
    grants,
    obligations,
    requests,
    serving,
    sign_in,
)
from api.pages.responses import error_page

STATIC = Path(__file__).parents[1] / "static"
ROUTERS: tuple[APIRouter, ...] = (
    sign_in.router,
    customers.router,
    serving.router,
    findings.router,
    requests.router,
    obligations.router,
    claims.router,
    destruction.router,
    attempts.router,
    grants.router,
    access_review.router,
)


def install(app: FastAPI) -> None:
    """Add the pages, their style, and a page in place of a problem object when a browser asks for what is not there."""
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    otherwise: Any = app.exception_handlers.get(HTTPException)

    async def not_there(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        wants_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")
        if otherwise is None or (wants_page and error.status_code == HTTPStatus.NOT_FOUND):
            return error_page(request, HTTPStatus(error.status_code), "There is no page at this address.")
        answer: Response = otherwise(request, error)
        return answer

    app.add_exception_handler(HTTPException, not_there)
