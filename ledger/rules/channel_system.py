"""Sharing through a booking or referral system: it is registered, assured and reviewed."""

from __future__ import annotations

from datetime import date

from ledger import events
from ledger.rules.facts import Share
from ledger.rules.rule import GUIDANCE, Found, Rule, found


def unregistered_system(share: Share) -> Found | None:
    system = _system(share)
    if share.channel != "system" or not share.to_jcp:
        return None
    return None if system and system.data_flow and system.owner else found("system_id")


def system_without_evidence(share: Share) -> Found | None:
    system = _system(share)
    if share.channel != "system" or not share.to_jcp or system is None:
        return None
    reviewed = system.review_on is not None and date.fromisoformat(system.review_on) >= share.registers.day
    return None if system.impact_assessment and system.assurance and reviewed else found("system_id")


def system_outside_contract(share: Share) -> Found | None:
    system = _system(share)
    if share.channel != "system" or not share.to_jcp or system is None:
        return None
    return None if system.contract_compliant else found("system_id")


def _system(share: Share) -> events.SystemRegistered | None:
    code = share.event.system_id
    return share.registers.found(events.SystemRegistered, key=code) if code else None


RULES = (
    Rule(
        id="CH-SYS-01",
        group="CH-SYS",
        source=GUIDANCE,
        line=55,
        force="MAY",
        sentence=(
            "Booking or referral systems can be used to transfer data between JCP and the National Careers Service."
        ),
        status="configured",
        how="channel system of a share, with its system_id",
    ),
    Rule(
        id="CH-SYS-02",
        group="CH-SYS",
        source=GUIDANCE,
        line=55,
        force="STATES",
        sentence="The specifics of how data will be shared will depend upon the nature of the system.",
        status="checked",
        how="the system is in the register with its data flow and owner",
        proposed="refuse",
        severity="S2",
        check=unregistered_system,
    ),
    Rule(
        id="CH-SYS-03",
        group="CH-SYS",
        source=GUIDANCE,
        line=56,
        force="MUST",
        sentence=(
            "Any booking or referral system used for data sharing must comply with UK Data Protection legislation."
        ),
        status="checked",
        how="the system's impact assessment, assurance and review date in the register",
        proposed="refuse",
        severity="S2",
        check=system_without_evidence,
    ),
    Rule(
        id="CH-SYS-04",
        group="CH-SYS",
        source=GUIDANCE,
        line=57,
        force="MUST",
        sentence=(
            "must ensure the use of any booking or referral system complies with National Careers Service contracts"
        ),
        status="checked",
        how="the prime contractor's word in the register that the system keeps the contract",
        proposed="refuse",
        severity="S2",
        check=system_outside_contract,
    ),
)
