"""Sections R6, R6a and R7 of the report: the person's rights, and to whom they can complain."""

from __future__ import annotations

from dataclasses import dataclass

from projections.row import Row
from projections.subject_access.controllers import UNREGISTERED


@dataclass(frozen=True, kw_only=True, slots=True)
class Right(Row):
    """A right, and when there is one."""

    right: str
    when: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RightsSection(Row):
    """Section R6."""

    heading: str
    sentence: str
    rows: list[Right]


@dataclass(frozen=True, kw_only=True, slots=True)
class ControllerComplaintSection(Row):
    """Section R6a."""

    heading: str
    provision: str
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RegulatorComplaintSection(Row):
    """Section R7."""

    heading: str
    provision: str
    regulator: str
    sentence: str


RIGHTS = RightsSection(
    heading="Your rights",
    sentence="Which right you have depends on why the data is used. Most of it is used for a public task, and the"
    " optional parts only with your consent.",
    rows=[
        Right(
            right="To have wrong or incomplete data put right",
            when="always; everyone who received the wrong data is to be told",
        ),
        Right(
            right="To have data erased",
            when="where it is used with your consent and you withdraw it, is no longer needed, or used unlawfully"
            "; not while it is needed for a public task or the law requires it",
        ),
        Right(
            right="To have the use of data restricted",
            when="while its accuracy or an objection is being looked into, or when you need it for a legal claim",
        ),
        Right(
            right="To object",
            when="where data is used for a public task; to direct marketing, always",
        ),
        Right(
            right="To withdraw consent",
            when="at any time, as easily as you gave it; what was done before stays lawful",
        ),
        Right(
            right="To receive your data in a form another service can read",
            when="where it is used with your consent or for a contract",
        ),
    ],
)


def complaint_to_controller(controller: str) -> ControllerComplaintSection:
    """How to complain to today's controller."""
    return ControllerComplaintSection(
        heading="Your right to complain to the controller",
        provision="UK GDPR Article 15(1)(ea); Data Protection Act 2018, section 164A",
        sentence="You can complain to the controller if you think your data was used against the law. The controller"
        " must acknowledge your complaint within 30 days, look into it and tell you the outcome without undue delay."
        + (f" Today the controller is {controller}." if controller != UNREGISTERED else ""),
    )


def complaint_to_regulator(regulator: str) -> RegulatorComplaintSection:
    """How to complain to the regulator."""
    return RegulatorComplaintSection(
        heading="Your right to complain to the regulator",
        provision="UK GDPR Article 15(1)(f); Data Protection Act 2018, section 165",
        regulator=regulator,
        sentence=f"You can also complain to {regulator}, who oversees data protection in the United Kingdom. You can"
        " go to court too.",
    )
