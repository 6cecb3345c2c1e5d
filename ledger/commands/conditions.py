"""When a field of a command matters: always, or only for a channel, a recipient or a kind of data.

The conditions of a share follow the rule cards: the channel rules of the guidance apply to shares with Jobcentre Plus,
so each channel includes the condition for Jobcentre Plus (`ledger/rules/channel_*.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A circumstance in which a field matters; `name` is what `ledger commands --for` takes."""

    name: str
    words: str
    includes: tuple[str, ...] = ()
    """Names of the conditions that hold whenever this one does."""


def _channel(name: str, words: str) -> Condition:
    return Condition(name=name, words=words, includes=("jobcentre-plus",))


JOBCENTRE_PLUS = Condition(name="jobcentre-plus", words="when Jobcentre Plus receives it")
EMAIL = _channel("email", "by email")
TELEPHONE = _channel("telephone", "by telephone")
HAND = _channel("hand", "by hand")
POST = _channel("post", "by post")
COURIER = _channel("courier", "by courier")
SYSTEM = _channel("system", "through a booking or referral system")
NHS = Condition(name="nhs", words="for data of NHS Health Careers, or a share with it")
RESEARCH = Condition(name="research", words="for research, statistics or improving the service")
INSPECTION = Condition(name="inspection", words="for an inspection by Ofsted")
SPECIALIST = Condition(name="specialist", words="when a specialist organisation receives it")
PROTECTION = Condition(name="protection", words="to protect somebody")
SPECIAL = Condition(name="special-categories", words="with special categories of data, such as ethnicity or health")
PRIORITY_GROUP = Condition(name="priority-group", words="with a priority group (item D29)")
LEGAL_OBLIGATION = Condition(name="legal-obligation", words="on the basis A6-1-c, or for a legal disclosure")
PUBLIC_TASK = Condition(name="public-task", words="on the basis A6-1-e")
UNDER_18 = Condition(name="under-18", words="when the customer is under 18")
ABROAD = Condition(name="abroad", words="when it is stored outside the United Kingdom")
BREACH = Condition(name="breach", words="when something went wrong with it")
OVERRIDE = Condition(name="override", words="when a proposal was answered with a warning and it goes ahead")
NOT_TOLD = Condition(name="not-told", words="when the recipient could not be told")
OTHER_REASON = Condition(name="other-reason", words="when the code is HOLD_OTHER")
ERASURE = Condition(name="erasure", words="for a request to erase data")
NOT_CORRECTED = Condition(name="not-corrected", words="when nothing is corrected")
CONTRACTOR = Condition(name="contractor", words="when the organisation works under another one")

CONDITIONS: Mapping[str, Condition] = {
    condition.name: condition for condition in vars().copy().values() if isinstance(condition, Condition)
}
"""Every condition by its name."""


def together(names: frozenset[str]) -> frozenset[str]:
    """The conditions of these names, with all that they include."""
    return names.union(*(CONDITIONS[name].includes for name in names))
