"""Makes HTML from the templates, escaping everything; it knows nothing of what is shown."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined, Undefined, select_autoescape

from projections.wording import dates


@cache
def environment(*, strict: bool = False) -> Environment:
    """Our templates, and under their own prefix the macros of the design system.

    Strict, a template fails on a name that is not there; the design system's macros ask for such names all the time.
    """
    made = Environment(
        loader=ChoiceLoader(
            [PackageLoader("api"), PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})]
        ),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined if strict else Undefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["day"] = dates.day
    made.filters["moment"] = dates.moment
    return made


def render(template: str, *, strict: bool = False, **shown: Any) -> str:  # noqa: ANN401 (whatever the template shows)
    """A template filled in."""
    return environment(strict=strict).get_template(template).render(**shown)
