"""Sharing by email: ten plans, Jobcentre Plus addresses only, no live links, names that say nothing else."""

from __future__ import annotations

import re
from math import ceil

from ledger import events
from ledger.duties.catalogue import owed_under
from ledger.names import NEUTRAL, only_names
from ledger.normalise import normalised
from ledger.rules.facts import Share
from ledger.rules.rule import GUIDANCE, Found, Rule, found

MOST_PLANS = 10
DWP = "dwp.gov.uk"
FILE = "file"
"""The only kind of attachment; whatever else is stated can be opened and changed later (CH-EMAIL-05)."""
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
FREE_MAIL = frozenset({
    "gmail.com", "googlemail.com", "hotmail.com", "hotmail.co.uk", "outlook.com", "live.com", "live.co.uk", "msn.com",
    "yahoo.com", "yahoo.co.uk", "icloud.com", "me.com", "aol.com", "btinternet.com", "proton.me", "gmx.com",
    "freemail.example",
})  # fmt: skip
"""Domains that anybody can have a mailbox at; a share sent from one was sent from a personal mailbox."""


def by_email(share: Share) -> bool:
    return share.channel == "email" and share.to_jcp


def too_many_plans(share: Share) -> Found | None:
    if not by_email(share) or share.event.encrypted or share.plans <= MOST_PLANS:
        return None
    return found("plans_in_share", "encrypted", suggested_emails=ceil(share.plans / MOST_PLANS))


def not_from_work(share: Share) -> Found | None:
    if not by_email(share):
        return None
    domain = domain_of(share.event.sender_address)
    if domain in FREE_MAIL:
        return found("sender_address", severity="S1")
    holders = {share.event.sent_by, share.registers.prime_of(share.event.sent_by)} - {None}
    known = domain and any(
        share.registers.found(events.WorkDomainRegistered, key=domain, organisation=holder) for holder in holders
    )
    return None if known else found("sender_address")


def not_to_dwp(share: Share) -> Found | None:
    if not by_email(share):
        return None
    addressed = {
        "recipient_addresses": share.event.recipient_addresses or (),
        "cc_addresses": share.event.cc_addresses or (),
        "bcc_addresses": share.event.bcc_addresses or (),
    }
    wrong = [name for name, addresses in addressed.items() if not all(_is_dwp(share, address) for address in addresses)]
    if wrong:
        return found(*wrong)
    if not any(addressed.values()):
        return found("recipient_addresses", severity="S2")
    contact = share.event.jcp_contact and not share.registers.found(
        events.ContactNominated, key=share.event.jcp_contact
    )
    return found("jcp_contact", severity="S3", answer="warn") if contact else None


def _is_dwp(share: Share, address: str) -> bool:
    domain = domain_of(address)
    if domain == DWP:
        return True
    below = domain is not None and domain.endswith(f".{DWP}")
    return below and share.registers.found(events.WorkDomainRegistered, key=domain) is not None


def domain_of(address: str | None) -> str | None:
    """The domain of one plain mail address of ASCII letters, in lower case; None for anything else."""
    text = (address or "").strip()
    named = re.fullmatch(r"[^<>@,;]*<([^<>]+)>", text)
    match = _ADDRESS.fullmatch(named[1] if named else text)
    return match[1].lower() if match else None


def live_link(share: Share) -> Found | None:
    if not by_email(share):
        return None
    kind = normalised(share.event.attachment_kind)
    if not kind:
        return found("attachment_kind", severity="S2")
    shown = ("attachment_kind", *(() if share.event.link_revoked_at else ("link_revoked_at",)))
    return None if kind == FILE else found(*shown)


def telling_file_name(share: Share) -> Found | None:
    if not by_email(share) or not share.in_a_plan or not share.event.file_names:
        return None
    names = share.names or ((share.name,) if share.name else ())
    return None if all(only_names(file, names) for file in share.event.file_names) else found("file_names")


def telling_subject(share: Share) -> Found | None:
    if not by_email(share) or share.event.subject is None:
        return None
    names = (share.name,) if share.name and share.people == 1 else ()
    return None if only_names(share.event.subject, names) else found("subject")


def adviser_not_identified(share: Share) -> Found | None:
    return found("adviser") if by_email(share) and share.in_a_plan and not share.event.adviser else None


def several_customers(share: Share) -> Found | None:
    if not by_email(share) or share.event.encrypted or share.people == 1:
        return None
    plain = normalised(share.event.container) != "csap" or share.event.body_has_data
    return found("customers", "body_has_data" if share.event.body_has_data else "container") if plain else None


def many_encrypted_plans(share: Share) -> Found | None:
    many = by_email(share) and share.event.encrypted and share.plans > MOST_PLANS
    return found("plans_in_share", suggested_emails=ceil(share.plans / MOST_PLANS)) if many else None


RULES = (
    Rule(
        id="CH-EMAIL-01",
        group="CH-EMAIL",
        source=GUIDANCE,
        line=58,
        force="MUST",
        sentence=(
            "up to a maximum of 10 customer careers and skills action plans in a single email by unencrypted email"
        ),
        status="checked",
        how="more than ten plans, counted as plans, in an email not said to be encrypted",
        proposed="refuse",
        severity="S2",
        parameters={"plans_at_most": MOST_PLANS},
        check=too_many_plans,
    ),
    Rule(
        id="CH-EMAIL-02",
        group="CH-EMAIL",
        source=GUIDANCE,
        line=58,
        force="MUST",
        sentence="they must be sent over more than one email",
        status="behaviour",
        how=(
            "the answer to CH-EMAIL-01 says in how many emails to send it: "
            "tests/rules/through_commands/test_channel_vectors.py, "
            "test_v_ch_01_ten_plans_are_allowed_and_eleven_are_to_go_in_two_emails"
        ),
        parameters={"plans_at_most": MOST_PLANS},
    ),
    Rule(
        id="CH-EMAIL-03",
        group="CH-EMAIL",
        source=GUIDANCE,
        line=59,
        force="MUST",
        sentence="Emails must be sent from a work email address",
        status="checked",
        how="the sender's domain is in the register of work domains; a free mailbox is graver",
        proposed="refuse",
        severity="S2",
        parameters={"free_mail_domains": [*sorted(FREE_MAIL)]},
        check=not_from_work,
    ),
    Rule(
        id="CH-EMAIL-04",
        group="CH-EMAIL",
        source=GUIDANCE,
        line=59,
        force="MUST",
        sentence="to a DWP email address only (@dwp.gov.uk)",
        status="checked",
        how="every To, Cc and Bcc address is of exactly dwp.gov.uk or a registered domain below it",
        proposed="refuse",
        severity="S1",
        parameters={"domain": DWP},
        check=not_to_dwp,
    ),
    Rule(
        id="CH-EMAIL-05",
        group="CH-EMAIL",
        source=GUIDANCE,
        line=60,
        force="MUST NOT",
        sentence="must not be shared as live links that allow real-time collaboration on a shared document",
        status="checked",
        how="whatever is said to be attached and is no file, and a finding asks when the link was closed",
        proposed="refuse",
        severity="S1",
        parameters={"attachment_kind": FILE},
        check=live_link,
    ),
    Rule(
        id="CH-EMAIL-06",
        group="CH-EMAIL",
        source=GUIDANCE,
        line=61,
        force="MUST",
        sentence="File names of the careers and skills action plan",
        status="checked",
        how="file names hold the customer's name and neutral words, and no figure",
        proposed="refuse",
        severity="S2",
        parameters={"neutral_words": [*sorted(NEUTRAL)]},
        check=telling_file_name,
    ),
    Rule(
        id="CH-EMAIL-07",
        group="CH-EMAIL",
        source=GUIDANCE,
        line=61,
        force="MUST",
        sentence="email subject lines, must only include the customer’s name and no other personal data",
        status="checked",
        how="the subject holds the one customer's name and neutral words; of several customers, none",
        proposed="refuse",
        severity="S2",
        parameters={"neutral_words": [*sorted(NEUTRAL)]},
        check=telling_subject,
    ),
    Rule(
        id="CH-EMAIL-08",
        group="CH-EMAIL",
        source=GUIDANCE,
        line=62,
        force="SHOULD",
        sentence="should clearly identify the National Careers Service careers adviser working with the customer",
        status="checked",
        how="a plan sent names its adviser",
        proposed="warn",
        severity="S3",
        check=adviser_not_identified,
    ),
    Rule(
        id="CH-EMAIL-09",
        group="CH-EMAIL",
        source=GUIDANCE,
        line=62,
        force="STATES",
        sentence="any information shared by JCP can identify the correct point of contact",
        status="behaviour",
        how=(
            "a list of what reached no adviser: tests/projections/obligations/test_obligations_owed.py, "
            "test_what_reached_no_adviser_stands_on_the_list_until_it_is_routed_ch_email_09"
        ),
        parameters=owed_under("CH-EMAIL-09"),
    ),
    Rule(
        id="CH-EMAIL-10",
        group="CH-EMAIL",
        source=GUIDANCE,
        line=63,
        force="MAY",
        sentence="can also share data over email that is not in a careers and skills action plan",
        status="configured",
        how="container OTHER of a share, bound by CH-EMAIL-11",
    ),
    Rule(
        id="CH-EMAIL-11",
        group="CH-EMAIL",
        source=GUIDANCE,
        line=63,
        force="MUST",
        sentence="it must be for individual customers only, one email for one customer",
        status="checked",
        how="data outside plans in an email not said to be encrypted is of one customer",
        proposed="refuse",
        severity="S2",
        check=several_customers,
    ),
    Rule(
        id="CH-EMAIL-12",
        group="CH-EMAIL",
        source=GUIDANCE,
        line=63,
        force="DERIVED",
        sentence="over unencrypted email outside of a careers and skills action plan",
        status="checked",
        how="more than ten plans in an encrypted email",
        proposed="warn",
        severity="S3",
        parameters={"plans_at_most": MOST_PLANS},
        check=many_encrypted_plans,
    ),
)
