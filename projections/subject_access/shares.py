"""Section R4 of the report: every share in both directions, with the organisations as they were called on the day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ledger.events import Event, labels
from projections.organisations.read import Controller
from projections.row import Row
from projections.shares.read import Share
from projections.subject_access.controllers import controller_name_on
from projections.subject_access.record import History
from projections.wording import channels, codes, dates, parties, source_fields
from projections.wording.parties import Names

ADDRESSED = ("recipient_addresses", "cc_addresses", "bcc_addresses")
"""To whom a message went: to them, and with a copy seen and unseen by the others; all of them are recipients."""
_DETAILS = ("recipient_name", *ADDRESSED, "sender_name", "sender_address", "adviser", "file_names")
NamesOn = Callable[[date], Names]
"""The organisations' names as they were on a day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Detail(Row):
    """A sealed detail of a share that can still be opened."""

    label: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ShareInWords(Row):
    """One share, receipt or referral."""

    share_id: str
    position: int
    what: str
    direction: str
    at: datetime
    when: str
    from_: str
    to: str
    office: str | None
    recipient_role: str | None
    channel: str
    items: list[str]
    container: str | None
    purpose: str | None
    lawful_basis: str | None
    agreement: str | None
    encrypted: str
    other_people_in_share: int | None
    confirmed: str | None
    incorporated: str | None
    disposed: str | None
    controller: str
    details: list[Detail]


def shares(
    history: History, rows: Sequence[Share], names_on: NamesOn, controllers: Sequence[Controller]
) -> list[ShareInWords]:
    """Every share of the view that is among the entries; details that are sealed come from the events."""
    by_position = {entry.position: event for entry, event in history}
    return [
        _share(row, by_position[row.position], names_on(row.day), controllers)
        for row in rows
        if row.position in by_position
    ]


def _share(share: Share, event: Event, names: Names, controllers: Sequence[Controller]) -> ShareInWords:
    described = labels(type(event))
    sealed = {name: value for name in _DETAILS if (value := getattr(event, name, None))}
    return ShareInWords(
        share_id=share.share_id,
        position=share.position,
        what=event.LABEL,
        direction=channels.direction(share.direction),
        at=share.at,
        when=dates.moment(share.at),
        from_=parties.organisation(share.sent_by, names),
        to=parties.organisation(share.sent_to, names),
        office=share.office,
        recipient_role=share.recipient_role,
        channel=channels.channel(share.channel) if share.channel else "not recorded",
        items=codes.items(share.items) or _contents(event, share),
        container=share.container and codes.container(share.container),
        purpose=codes.purpose(share.purpose) if share.purpose else None,
        lawful_basis=share.lawful_basis and codes.plainly(share.lawful_basis),
        agreement=share.agreement,
        encrypted="not recorded" if share.encrypted is None else ("yes" if share.encrypted else "no"),
        other_people_in_share=(share.plans_in_share or 1) - 1 or None,
        confirmed=_moment(share.confirmed_at),
        incorporated=_moment(share.incorporated_at),
        disposed=_moment(share.disposed_at),
        controller=controller_name_on(share.day, controllers),
        details=[
            Detail(label=described[name], text=", ".join(value) if isinstance(value, tuple) else str(value))
            for name, value in sealed.items()
        ],
    )


def _moment(at: datetime | None) -> str | None:
    return dates.moment(at) if at else None


def _contents(event: Event, share: Share) -> list[str]:
    values = getattr(event, "values", None)
    if isinstance(values, dict):
        return [source_fields.label_of(getattr(event, "collection", None), name) for name in values]
    if share.kind == "referral":
        return ["your record, so far as the organisation needs it to help you"]
    return [f"your action plan {share.plan_id}"] if share.plan_id else ["not recorded item by item"]
