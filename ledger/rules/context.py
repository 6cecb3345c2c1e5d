"""Context and scale: what the strategy of 2017 tells about the service."""

from __future__ import annotations

from ledger.rules.rule import STRATEGY, Rule

RULES = (
    Rule(
        id="CTX-01",
        group="CTX",
        source=STRATEGY,
        line=144,
        force="STATES",
        sentence="474,000 individuals received face-to-",
        status="outside",
        how="a fact about the service, used for sizes and invented data; it asks nothing of a share",
    ),
    Rule(
        id="CTX-02",
        group="CTX",
        source=STRATEGY,
        line=145,
        force="STATES",
        sentence="the call centre has carried out over 200,000 calls, web chats and emails",
        status="outside",
        how="a fact about the service, used for sizes and invented data; it asks nothing of a share",
    ),
    Rule(
        id="CTX-03",
        group="CTX",
        source=STRATEGY,
        line=144,
        force="STATES",
        sentence="its website has received 20 million visits",
        status="outside",
        how="a fact about the service, used for sizes and invented data; it asks nothing of a share",
    ),
    Rule(
        id="CTX-04",
        group="CTX",
        source=STRATEGY,
        line=1023,
        force="STATES",
        sentence="Over 90,000 adults declared as having a disability were seen by the service",
        status="outside",
        how="a fact about the service, used for sizes and invented data; it asks nothing of a share",
    ),
    Rule(
        id="CTX-05",
        group="CTX",
        source=STRATEGY,
        line=146,
        force="STATES",
        sentence="two out of eight National Careers Service contractors achieved an Outstanding grading from Ofsted",
        status="outside",
        how="a fact about the service, used for sizes and invented data; it asks nothing of a share",
    ),
    Rule(
        id="CTX-06",
        group="CTX",
        source=STRATEGY,
        line=1026,
        force="STATES",
        sentence="locations, including JobCentres",
        status="outside",
        how="a fact about the service, used for sizes and invented data; it asks nothing of a share",
    ),
    Rule(
        id="CTX-09",
        group="CTX",
        source=STRATEGY,
        line=1018,
        force="STATES",
        sentence="All National Careers Service providers must meet the matrix Standard",
        status="outside",
        how="a fact about the service, used for sizes and invented data; it asks nothing of a share",
    ),
    Rule(
        id="CTX-10",
        group="CTX",
        source=STRATEGY,
        line=1022,
        force="STATES",
        sentence=(
            "more than 50% of adults receiving advice from the National Careers Service moved onto an accredited "
            "training course or into employment"
        ),
        status="outside",
        how="a fact about the service, used for sizes and invented data; it asks nothing of a share",
    ),
    Rule(
        id="CTX-11",
        group="CTX",
        source=STRATEGY,
        line=313,
        force="STATES",
        sentence="New contracts for the National Careers Service in place.",
        status="outside",
        how="a fact about the service, used for sizes and invented data; it asks nothing of a share",
    ),
    Rule(
        id="CTX-12",
        group="CTX",
        source=STRATEGY,
        line=154,
        force="STATES",
        sentence="The National Careers Service is also working closely with JCP",
        status="outside",
        how="a fact about the service, used for sizes and invented data; it asks nothing of a share",
    ),
    Rule(
        id="CTX-13",
        group="CTX",
        source=STRATEGY,
        line=1274,
        force="STATES",
        sentence=(
            "The Longitudinal Education Outcomes (LEO) dataset links information on education with employment data"
        ),
        status="outside",
        how="a fact about the service, used for sizes and invented data; it asks nothing of a share",
    ),
    Rule(
        id="CTX-14",
        group="CTX",
        source=STRATEGY,
        line=140,
        force="STATES",
        sentence="information, advice and guidance through face-to-face and telephone advice, web chat and email",
        status="outside",
        how="a fact about the service, used for sizes and invented data; it asks nothing of a share",
    ),
    Rule(
        id="CTX-07",
        group="CTX",
        source=STRATEGY,
        line=1038,
        force="STATES",
        sentence=(
            "Young people and adults will also be able to store and access their careers and learning information "
            "online."
        ),
        status="behaviour",
        how=(
            "the customer's own access moves the two years of NHS records: tests/retention/test_due_by_class.py, "
            "test_the_customer_s_own_access_moves_the_two_years_of_nhs_records"
        ),
    ),
    Rule(
        id="CTX-08",
        group="CTX",
        source=STRATEGY,
        line=142,
        force="STATES",
        sentence="young people can also access the National Careers Service website and telephone advice",
        status="configured",
        how="people under 18 need a reason code, by SCOPE-03",
    ),
)
