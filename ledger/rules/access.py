"""Subject access."""

from __future__ import annotations

from ledger.rules.judging import EARLIER_NOTICE, NHS_POLICY, Rule

RULES = (
    Rule(
        id="SAR-01",
        group="SAR",
        source=EARLIER_NOTICE,
        line=62,
        force="STATES",
        sentence="You can request a copy of any personal information that the National Careers Service holds on you",
        status="owed",
        how="receiving a request waits for rights requests",
    ),
    Rule(
        id="SAR-02",
        group="SAR",
        source=EARLIER_NOTICE,
        line=64,
        force="STATES",
        sentence="By using the form available at:",
        status="owed",
        how="the channel web form waits for rights requests",
    ),
    Rule(
        id="SAR-03",
        group="SAR",
        source=EARLIER_NOTICE,
        line=65,
        force="STATES",
        sentence="Ministerial and Public Communications Division",
        status="owed",
        how="the channel post waits for rights requests",
    ),
    Rule(
        id="SAR-04",
        group="SAR",
        source=NHS_POLICY,
        line=196,
        force="STATES",
        sentence="Requests may be made in writing.",
        status="owed",
        how="requests in any form waits for rights requests",
    ),
    Rule(
        id="SAR-05",
        group="SAR",
        source=NHS_POLICY,
        line=198,
        force="MUST",
        sentence="All requests will be recorded",
        status="owed",
        how="recording every request waits for rights requests",
    ),
    Rule(
        id="SAR-06",
        group="SAR",
        source=NHS_POLICY,
        line=198,
        force="MAY",
        sentence="you may need to provide information to verify your identity",
        status="owed",
        how="asking who somebody is waits for rights requests",
    ),
    Rule(
        id="SAR-07",
        group="SAR",
        source=NHS_POLICY,
        line=200,
        force="MAY",
        sentence="Full name, address, date of birth",
        status="owed",
        how="what may be asked for it waits for rights requests",
    ),
    Rule(
        id="SAR-08",
        group="SAR",
        source=NHS_POLICY,
        line=201,
        force="MAY",
        sentence=(
            "An indication of what information you are requesting to enable us to locate this in an efficient manner."
        ),
        status="owed",
        how="asking what is meant waits for rights requests",
    ),
    Rule(
        id="SAR-09",
        group="SAR",
        source=NHS_POLICY,
        line=138,
        force="MUST",
        sentence=(
            "We must generally respond to requests in relation to your rights within one month, although there are "
            "some exceptions to this."
        ),
        status="owed",
        how="the month's clock waits for rights requests",
    ),
    Rule(
        id="SAR-10",
        group="SAR",
        source=NHS_POLICY,
        line=148,
        force="MUST",
        sentence="a copy of personal data that we hold about you and other information specified in the GDPR",
        status="shown",
        how="the report itself: the data and every further section the law asks for",
    ),
    Rule(
        id="SAR-11",
        group="SAR",
        source=NHS_POLICY,
        line=148,
        force="STATES",
        sentence="there are exceptions to what we are obliged to disclose",
        status="shown",
        how="the report's section on what was left out, with provision and reason",
    ),
)
