"""Retention: how long data may be kept. The periods are in `ledger/retention/schedule.py`."""

from __future__ import annotations

from ledger.codes.channels import ON_PAPER
from ledger.duties.catalogue import owed_under
from ledger.retention.schedule import kept_under
from ledger.rules.facts import Receipt
from ledger.rules.rule import EARLIER_NOTICE, GUIDANCE, NHS_POLICY, NOTICE, Found, Rule, found


def not_kept_securely(receipt: Receipt) -> Found | None:
    on_paper = (receipt.event.channel or "").casefold() in ON_PAPER
    return found("stored_securely") if on_paper and not receipt.event.stored_securely else None


RULES = (
    Rule(
        id="RET-GEN-01",
        group="RET",
        source=GUIDANCE,
        line=84,
        force="STATES",
        sentence="Retention of data will vary according to how it is received and used.",
        status="behaviour",
        how=(
            "what matches no schedule stands on the exception list: tests/retention/test_due_after_service.py, "
            "test_no_class_of_a_customer_s_records_can_be_kept_for_ever_without_being_listed"
        ),
    ),
    Rule(
        id="RET-GEN-02",
        group="RET",
        source=NOTICE,
        line=69,
        force="MUST",
        sentence="We will only keep your information for as long as is necessary.",
        status="behaviour",
        how=(
            "past its last day and not held is a finding, before it is destroyed too: "
            "tests/retention/test_due_by_class.py, "
            "test_what_passed_its_last_day_is_a_finding_without_waiting_for_its_destruction_ret_gen_02"
        ),
    ),
    Rule(
        id="RET-JCP-01",
        group="RET",
        source=GUIDANCE,
        line=86,
        force="MUST",
        sentence="within 30 working days of the email being sent",
        status="behaviour",
        how=(
            "owed, and a finding when late: tests/projections/obligations/test_obligations_late.py, "
            "test_an_email_incorporated_after_its_last_day_in_london_is_a_finding_ret_jcp_01"
        ),
        parameters=owed_under("RET-JCP-01"),
    ),
    Rule(
        id="RET-JCP-02",
        group="RET",
        source=GUIDANCE,
        line=86,
        force="MAY",
        sentence="can decide how they wish to incorporate customer data into customer record systems",
        status="configured",
        how="method of incorporate-data",
    ),
    Rule(
        id="RET-JCP-03",
        group="RET",
        source=GUIDANCE,
        line=87,
        force="SHOULD",
        sentence="the email should be deleted within 30 working days",
        status="behaviour",
        how=(
            "owed from incorporation, and a finding when late: tests/projections/obligations/test_obligations_owed.py, "
            "test_v_wd_05_an_email_is_deleted_30_working_days_after_incorporation_with_an_amber_date_ret_jcp_03"
        ),
        parameters=owed_under("RET-JCP-03"),
    ),
    Rule(
        id="RET-JCP-04",
        group="RET",
        source=GUIDANCE,
        line=88,
        force="SHOULD",
        sentence="Deleted items email inboxes should be regularly cleansed.",
        status="behaviour",
        how=(
            "attested for each work domain, every 30 days by default: "
            "tests/projections/obligations/test_obligations_owed.py, "
            "test_mailboxes_are_cleansed_every_30_days_and_a_late_one_is_found_ret_jcp_04"
        ),
        parameters=owed_under("RET-JCP-04"),
    ),
    Rule(
        id="RET-JCP-05",
        group="RET",
        source=GUIDANCE,
        line=90,
        force="MUST",
        sentence=(
            "by hand, by post or courier into customer record systems for the respective customer within 30 working "
            "days of receipt"
        ),
        status="behaviour",
        how=(
            "owed, and a finding when late: tests/projections/obligations/test_obligations_late.py, "
            "test_paper_incorporated_late_is_disposed_of_late_too_ret_jcp_05_ret_jcp_06"
        ),
        parameters=owed_under("RET-JCP-05"),
    ),
    Rule(
        id="RET-JCP-06",
        group="RET",
        source=GUIDANCE,
        line=91,
        force="SHOULD",
        sentence="the hard copy of the data should be securely disposed of within 30 working days of receipt",
        status="behaviour",
        how=(
            "the same day as RET-JCP-05: tests/projections/obligations/test_obligations_owed.py, "
            "test_v_wd_04_paper_is_incorporated_and_disposed_of_by_the_same_day_conf_03"
        ),
        parameters=owed_under("RET-JCP-06"),
    ),
    Rule(
        id="RET-JCP-07",
        group="RET",
        source=GUIDANCE,
        line=91,
        force="MUST",
        sentence="stored securely in the interim period",
        status="checked",
        how="what came on paper is said to be kept securely until it is incorporated",
        proposed="warn",
        severity="S2",
        judges=Receipt,
        parameters={"channels": [*sorted(ON_PAPER)]},
        check=not_kept_securely,
    ),
    Rule(
        id="RET-JCP-08",
        group="RET",
        source=GUIDANCE,
        line=93,
        force="SHOULD",
        sentence=(
            "prime contractors should establish a justified and reasonable local retention period in line with "
            "contractual requirements"
        ),
        status="behaviour",
        how=(
            "without a local period an exception, and a finding by `--find-late`: "
            "tests/retention/test_due_by_class.py, "
            "test_v_ret_06_a_no_show_without_a_local_period_is_a_finding_of_its_prime_ret_jcp_08"
        ),
        parameters=kept_under("RET-JCP-08"),
    ),
    Rule(
        id="RET-JCP-09",
        group="RET",
        source=GUIDANCE,
        line=93,
        force="SHOULD",
        sentence=(
            "Consideration of local referral processes between JCP and the National Careers Service should inform how "
            "long to keep customer data whilst attempts are made to engage with the customer."
        ),
        status="behaviour",
        how=(
            "a later attendance moves it to the normal schedule: tests/retention/test_due_by_class.py, "
            "test_a_later_attendance_moves_a_no_show_to_the_normal_schedule"
        ),
    ),
    Rule(
        id="RET-JCP-10",
        group="RET",
        source=GUIDANCE,
        line=95,
        force="MUST",
        sentence="keep data received from JCP for up to 7 years",
        status="behaviour",
        how=(
            "seven years from incorporation, the record it went into too: tests/retention/test_due_jcp_data.py, "
            "test_the_record_that_something_of_jcp_went_into_is_due_with_its_receipt_and_no_other_record_is_ret_jcp_10"
        ),
        parameters=kept_under("RET-JCP-10"),
    ),
    Rule(
        id="RET-JCP-11",
        group="RET",
        source=GUIDANCE,
        line=95,
        force="STATES",
        sentence="in line with the retention periods for the National Careers Service",
        status="behaviour",
        how=(
            "the earlier of seven years and six after the end, a choice (CONF-01): "
            "tests/retention/test_due_jcp_data.py, "
            "test_the_earlier_of_two_maxima_is_a_choice_that_can_be_put_out_of_force_conf_01"
        ),
    ),
    Rule(
        id="RET-NCS-01",
        group="RET",
        source=EARLIER_NOTICE,
        line=95,
        force="MUST",
        sentence=(
            "we may need to keep some of your personal information for up to six years to satisfy contractual audit "
            "requirements"
        ),
        status="behaviour",
        how=(
            "six years after the end, never rolled forward: tests/retention/test_due_after_service.py, "
            "test_payment_evidence_is_due_six_years_after_the_end_and_never_rolls_forward"
        ),
        parameters=kept_under("RET-NCS-01"),
    ),
    Rule(
        id="RET-NCS-02",
        group="RET",
        source=NOTICE,
        line=71,
        force="STATES",
        sentence="for up to 6 years after you stop using the service",
        status="behaviour",
        how=(
            "without an end, the local inactivity period or an exception: tests/retention/test_due_after_service.py, "
            "test_an_inactive_customer_is_on_the_exception_list_after_six_years"
        ),
        parameters=kept_under("RET-NCS-02"),
    ),
    Rule(
        id="RET-NCS-03",
        group="RET",
        source=EARLIER_NOTICE,
        line=97,
        force="MUST",
        sentence=(
            "Personal information kept for this reason will be restricted to a minimum and is to provide confirmation "
            "of payments"
        ),
        status="behaviour",
        how=(
            "the rest goes by the local period: tests/retention/test_due_after_service.py, "
            "test_the_rest_of_the_record_is_due_at_the_end_plus_the_local_period"
        ),
        parameters=kept_under("RET-NCS-03"),
    ),
    Rule(
        id="RET-NCS-04",
        group="RET",
        source=EARLIER_NOTICE,
        line=97,
        force="MUST",
        sentence="destroyed when it is no longer required",
        status="behaviour",
        how=(
            "the end of service makes the lesser classes due as well: tests/retention/test_due_after_service.py, "
            "test_the_end_of_service_makes_the_lesser_classes_due_as_well"
        ),
    ),
    Rule(
        id="RET-NCS-05",
        group="RET",
        source=EARLIER_NOTICE,
        line=95,
        force="STATES",
        sentence=(
            "If you have spoken to a local careers adviser face to face or on the phone, or contacted the National "
            "Careers Service by telephone, webchat or email"
        ),
        status="behaviour",
        how=(
            "people known by their account only stand on the exception list: "
            "tests/retention/test_due_after_service.py, "
            "test_who_is_known_by_an_account_only_has_no_six_years_but_the_exception_list_ret_ncs_05"
        ),
        parameters=kept_under("RET-NCS-05"),
    ),
    Rule(
        id="RET-NHS-01",
        group="RET",
        source=NHS_POLICY,
        line=130,
        force="MUST",
        sentence="for two years from your last contact or engagement with us or from your last access of the data",
        status="behaviour",
        how=(
            "two years from the last contact, which no staff reading extends: tests/retention/test_due_by_class.py, "
            "test_nhs_records_are_due_two_years_after_the_last_contact_and_an_auditor_s_read_does_not_extend_that"
        ),
        parameters=kept_under("RET-NHS-01"),
    ),
    Rule(
        id="RET-NHS-02",
        group="RET",
        source=NHS_POLICY,
        line=130,
        force="STATES",
        sentence="Subject to any requests we may receive from you for your data to be erased",
        status="behaviour",
        how=(
            "an upheld request shortens the two years: tests/casework/request_effects/test_erasure_and_correction.py, "
            "test_an_upheld_erasure_shortens_the_two_years_of_nhs_health_careers_ret_nhs_02"
        ),
    ),
    Rule(
        id="RET-NHS-03",
        group="RET",
        source=NHS_POLICY,
        line=130,
        force="STATES",
        sentence="subject to your data having to be retained for longer to enable us to fulfil any of the purposes",
        status="behaviour",
        how=(
            "extend-retention with purpose, last day and approver: "
            "tests/casework/request_effects/test_erasure_and_correction.py, "
            "test_nhs_records_are_kept_longer_only_with_a_purpose_a_last_day_and_an_approver_ret_nhs_03"
        ),
    ),
)
