"""What a token says about its bearer, read as the operator configured: role, organisation and subject."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.settings import Settings
from ledger.caller import ROLES, Caller
from ledger.errors import NotSignedIn

Claims = Mapping[str, Any]


class ClaimNames:
    """Which claims hold the role and the organisation, and what the provider calls our roles."""

    def __init__(
        self, *, role: str = "role", organisation: str = "organisation", roles: Mapping[str, str] | None = None
    ) -> None:
        self._role = role
        self._organisation = organisation
        self._roles = roles or {role: role for role in ROLES}

    @classmethod
    def of(cls, settings: Settings) -> ClaimNames:
        return cls(
            role=settings.oidc_role_claim, organisation=settings.oidc_organisation_claim, roles=settings.oidc_roles
        )

    def complete(self, claims: Claims) -> bool:
        """Whether both claims are there, whatever they hold."""
        return _at(claims, self._role) is not None and _at(claims, self._organisation) is not None

    def caller(self, claims: Claims) -> Caller:
        """The caller that claims speak of. Raises NotSignedIn, and names the claim and never its value."""
        named = _at(claims, self._role)
        names = named if isinstance(named, list) else [named]
        roles = {self._roles[name] for name in names if isinstance(name, str) and name in self._roles}
        if not roles:
            raise NotSignedIn(f"The token's claim {self._role} is not a role of this ledger.")
        if len(roles) > 1:  # which of them somebody acts in is not ours to choose
            raise NotSignedIn(f"The token's claim {self._role} names more than one role of this ledger.")
        organisation, subject = _at(claims, self._organisation), claims.get("sub")
        if isinstance(organisation, list) and len(organisation) == 1:
            organisation = organisation[0]
        if not isinstance(organisation, str) or not organisation or not organisation.isprintable():
            raise NotSignedIn(f"The token has no claim {self._organisation}.")
        if not isinstance(subject, str) or not subject or not subject.isprintable():
            raise NotSignedIn("The token has no claim sub.")
        name = claims.get("name")
        return Caller(
            role=roles.pop(), organisation=organisation, subject=subject, name=name if isinstance(name, str) else ""
        )


def _at(claims: Claims, path: str) -> Any:  # noqa: ANN401 (a claim may be anything)
    """The claim of this very name, such as an address, or else the one a dotted path leads to."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            return None
        found = found[name]
    return found
