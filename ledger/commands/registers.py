"""Commands that enter something in an organisation's registers."""

from __future__ import annotations

from datetime import datetime

from ledger import errors, events
from ledger.commands.conditions import CONTRACTOR
from ledger.commands.declaration import Example, Fields, OrganisationCommand, known, only_when
from ledger.commands.invented import CONTROLLER, JOBCENTRE_PLUS, OFFICE, PRIME, RESEARCHERS, SUB_CONTRACTOR
from ledger.commands.items import ITEM_CODES, items_written
from ledger.events import NCS, NHS, Json
from ledger.state.registers import OFFICE as OF_AN_OFFICE

_FROM = "2018-05-25T00:00:00Z"
"""The time at which the examples fill the registers."""


def _under_another(fields: Fields) -> None:
    if fields.get("part_of") == fields["organisation"]:
        raise errors.Malformed("An organisation is part of another one than itself.", field="part_of")


def _as_office(fields: Fields, _: datetime) -> Fields:
    return {**fields, "kind": OF_AN_OFFICE}


def _example(organisation: str, at: str = _FROM, after: tuple[str, ...] = (), **fields: Json) -> Example:
    before = (_REGISTERED[organisation], *after)
    return Example(at=at, after=before, fields={"organisation": organisation, **fields})


def _organisation(code: str, name: str, kind: str, **more: Json) -> Example:
    return Example(at=_FROM, fields={"organisation": code, "name": name, "kind": kind, **more})


_REGISTERED = {
    PRIME: "register-organisation",
    CONTROLLER: "register-organisation/controller",
    JOBCENTRE_PLUS: "register-organisation/jobcentre-plus",
    OFFICE: "register-organisation/jobcentre-plus",
}
"""The example that registers each organisation."""

REGISTER = OrganisationCommand(
    name="register-organisation",
    makes=events.OrganisationRegistered,
    needs=("name", "kind"),
    check=_under_another,
    when=only_when({(CONTRACTOR,): "part_of"}),
    examples={
        "": _organisation(PRIME, "Careers North (invented)", "prime"),
        "controller": _organisation(CONTROLLER, "Department (invented)", "controller"),
        "jobcentre-plus": _organisation(JOBCENTRE_PLUS, "Jobcentre Plus", "Jobcentre Plus"),
        "sub-contractor": _organisation(SUB_CONTRACTOR, "Careers Vale (invented)", "sub-contractor", part_of=PRIME),
        "research-company": _organisation(RESEARCHERS, "Asks People (invented)", "research company"),
    },
)
REGISTER_OFFICE = OrganisationCommand(
    name="register-office",
    makes=events.OrganisationRegistered,
    needs=("name", "part_of"),
    filled_in=frozenset({"kind"}),
    fills_in=_as_office,
    check=_under_another,
    examples={"": _example(OFFICE, name="Testford jobcentre", part_of=JOBCENTRE_PLUS)},
)
RECOGNISE_LINE = OrganisationCommand(
    name="recognise-line",
    makes=events.LineRecognised,
    needs=("line",),
    examples={"": _example(JOBCENTRE_PLUS, line="+441632960001", office=OFFICE)},
)
NOMINATE_CONTACT = OrganisationCommand(
    name="nominate-contact",
    makes=events.ContactNominated,
    needs=("contact", "role"),
    examples={"": _example(JOBCENTRE_PLUS, contact="coach-7", role="WORK_COACH", office=OFFICE)},
)
REGISTER_DOMAIN = OrganisationCommand(
    name="register-work-domain",
    makes=events.WorkDomainRegistered,
    needs=("domain",),
    examples={"": _example(PRIME, domain="contractor.example")},
)
APPROVE_COURIER = OrganisationCommand(
    name="approve-courier",
    makes=events.CourierApproved,
    needs=("courier",),
    examples={"": _example(PRIME, courier="careful-couriers", signature_on_delivery=True)},
)
REGISTER_SYSTEM = OrganisationCommand(
    name="register-system",
    makes=events.SystemRegistered,
    needs=("system_id",),
    examples={
        "": _example(
            PRIME,
            system_id="bookings",
            owner=PRIME,
            data_flow="flow-3",
            impact_assessment="dpia-9",
            assurance="assurance-2",
            review_on="2027-01-01",
            contract_compliant=True,
        )
    },
)
SIGN_AGREEMENT = OrganisationCommand(
    name="sign-agreement",
    makes=events.AgreementSigned,
    needs=("agreement",),
    examples={
        "": _example(
            CONTROLLER,
            after=("register-organisation/jobcentre-plus",),
            agreement="agreement-1",
            with_organisation=JOBCENTRE_PLUS,
        )
    },
)
START_CONTRACT = OrganisationCommand(
    name="start-contract",
    makes=events.ContractStarted,
    needs=("contract",),
    examples={"": _example(PRIME, contract="contract-1", valid_from="2022-10-01")},
)
END_CONTRACT = OrganisationCommand(
    name="end-contract",
    makes=events.ContractEnded,
    needs=("contract", "valid_until"),
    examples={
        "": _example(
            PRIME, "2026-07-01T09:00:00Z", ("start-contract",), contract="contract-1", valid_until="2026-09-30"
        )
    },
)
PUBLISH_NOTICE = OrganisationCommand(
    name="publish-notice",
    makes=events.NoticePublished,
    needs=("notice",),
    codes={"programme": known(NCS, NHS)},
    examples={
        "": _example(
            CONTROLLER,
            notice="notice-2",
            programme=NCS,
            purposes=["NCS_SERVICE_IMPROVEMENT"],
            recipients=["RESEARCH"],
        )
    },
)
SET_ITEM_PROFILE = OrganisationCommand(
    name="set-item-profile",
    makes=events.ItemProfileSet,
    needs=("office", "items"),
    fills_in=items_written,
    codes={"items": ITEM_CODES},
    examples={
        "": _example(PRIME, after=("register-office",), office=OFFICE, items=["D01", "D04", "D10", "D12", "D25", "D29"])
    },
)
NAME_OFFICER = OrganisationCommand(
    name="name-data-protection-officer",
    makes=events.DataProtectionOfficerNamed,
    needs=("office",),
    examples={"": _example(CONTROLLER, office="Data Protection Officer", address="Data Protection Office, ZZ99 9ZZ")},
)

DECLARED = (
    REGISTER, REGISTER_OFFICE, RECOGNISE_LINE, NOMINATE_CONTACT, REGISTER_DOMAIN, APPROVE_COURIER, REGISTER_SYSTEM,
    SIGN_AGREEMENT, START_CONTRACT, END_CONTRACT, PUBLISH_NOTICE, SET_ITEM_PROFILE, NAME_OFFICER,
)  # fmt: skip
