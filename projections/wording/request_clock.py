"""A request's clock in plain English: how long there is, what the clock turned on, and its days in order.

Pure: the answer that every door gives about a request comes in, words go out. The reckoning itself is the ledger's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from ledger.clocks import london_day, months_after
from ledger.codes.rights import COMPLAINTS_FROM
from projections.wording import dates

Found = Mapping[str, Any]
"""A request as `api.rights` answers it."""
Kind = Literal["step", "uncounted", "target", "limit", "today"]

_AWAITED = {"identity": "identity information", "fee": "the fee"}
_CAME = {"identity-confirmed": "identity information", "fee-paid": "the fee"}
_CLOSED = {"answered": "Answered", "refused": "Refused", "withdrawn": "Withdrawn"}
_MONTHS = {1: "one month", 3: "three months"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A day that the clock turns on, or days in a row, with what it means for the time that is left."""

    first: date
    last: date
    kind: Kind
    what: str
    effect: str

    @property
    def when(self) -> str:
        """One day, or from the first to the last."""
        return dates.day(self.first) if self.first == self.last else span(self.first, self.last)


def span(first: date, last: date) -> str:
    """Days in a row as “4 to 11 November 2026”, naming month and year again only where they change."""
    if first.year != last.year:
        return f"{dates.day(first)} to {dates.day(last)}"
    return f"{first.day}{'' if first.month == last.month else f' {first:%B}'} to {dates.day(last)}"


def left_in_words(row: Found) -> str:
    """How long there is, or how late it is, of a request in a list or by itself."""
    days, late = row["days_left"], row["late"]
    if row["state"] == "waiting":
        return "the clock waits"
    if days is not None:
        return "due today" if days == 0 else f"{_days(days)} left" if days > 0 else f"{_days(-days)} late"
    if row["kind"] != "complaint":
        return "closed late" if late else "closed in time"
    if row["due_on"] is None:
        return "no day is set"
    return "acknowledged late" if late else "acknowledged in time"


def explained(found: Found, received_by: str) -> list[tuple[str, str]]:
    """Questions and answers: when it came, what restarted the month, which days did not count, and what was told."""
    came = f"{_say(found['received_on'])}, by {received_by}"
    clock = found["clock"]
    if clock is None:
        return [("Received", came), *_complaint(found)]
    return [
        ("Received", came),
        ("The month begins after", _begins(found)),
        ("Days that do not count", _not_counted(found)),
        ("Longer than a month", _extended(found)),
        ("What the person was told", _told(found)),
        ("Target", _target(clock)),
        ("Legal limit", ("at the earliest " if found["state"] == "waiting" else "") + _reckoned(clock)),
    ]


def marks(found: Found, on: date, *, today: bool) -> tuple[Mark, ...]:
    """The days in order. `on` is the day it is shown for, and `today` whether that is the present day."""
    clock = found["clock"]
    made = [*_steps_of_the_clock(found)]
    if found["closed_on"]:
        outcome = _CLOSED[found["state"]]
        made.append(_mark(found["closed_on"], "step", outcome, f"The clock stops: {left_in_words(found)}."))
    else:
        what = "Today" if today else "The day asked about"
        made.append(_mark(on.isoformat(), "today", what, _sentence(left_in_words(found))))
    if clock is None:
        if found["due_on"]:
            effect = "The last day to say that the complaint came."
            made.append(_mark(found["due_on"], "limit", "Limit of the acknowledgement", effect))
    else:
        made += _ends(clock)
    return tuple(sorted(made, key=lambda mark: (mark.first, mark.last)))


def _steps_of_the_clock(found: Found) -> Iterator[Mark]:
    clock, restarts = found["clock"], found["restarted_on"]
    yield _mark(found["received_on"], "step", "Request received", _effect_of_receipt(found))
    for number, day in enumerate(restarts, start=1):
        last = number == len(restarts) and clock and clock["relevant_on"] == day
        effect = "The month begins again after this day." if last else "The month began again, and later once more."
        yield _mark(day, "step", _sentence(f"{_what_came(found, day)} came", stop=""), effect)
    for span_of_days in clock["uncounted"] if clock else ():
        first, last_day = date.fromisoformat(span_of_days["from"]), date.fromisoformat(span_of_days["to"])
        effect = f"The limit is {_days(span_of_days['days'])} later."
        yield Mark(
            first=first,
            last=last_day,
            kind="uncounted",
            what=f"{_days(span_of_days['days'])} not counted",
            effect=effect,
        )
    for step in _steps(found, "request-acknowledged", "time-extended"):
        facts, named = step["facts"], step["facts"].get("told_due_on")
        extended = step["type"] == "time-extended"
        what = "Told that it takes longer" if extended else "Told that it arrived"
        effect = "It counts, as they were told in time." if facts.get("in_time") else "Too late: the first limit holds."
        notice = f"They were told to expect an answer by {_say(named)}." if named else "No day was named."
        yield _mark(_day(step), "step", what, f"{effect} {notice}" if extended else notice)


def _effect_of_receipt(found: Found) -> str:
    if found["clock"] is None:
        return "The 30 days begin after this day."
    if found["state"] == "waiting":
        return f"The month waits for {_awaited(found)}."
    if found["clock"]["relevant_on"] == found["received_on"]:
        return "The month begins after this day."
    return "The month began, and begins again later."


def _ends(clock: Found) -> Iterator[Mark]:
    target, limit = clock["target"], clock["statutory_limit"]
    yield _mark(target, "target", "Target", "The day the team works to.")
    yield _mark(limit, "limit", "Legal limit", "The last lawful day to answer.")


def _begins(found: Found) -> str:
    clock, restarts = found["clock"], found["restarted_on"]
    if found["state"] == "waiting":
        return f"nothing yet: it waits for {_awaited(found)}, and begins after the day that comes"
    if clock["relevant_on"] in restarts:
        return f"{_say(clock['relevant_on'])}, when {_what_came(found, clock['relevant_on'])} came"
    return f"{_say(clock['relevant_on'])}, when the request came"


def _awaited(found: Found) -> str:
    return " and ".join(_AWAITED[awaited] for awaited in found["waiting_for"])


def _not_counted(found: Found) -> str:
    spans = found["clock"]["uncounted"]
    if not spans:
        return "none: no question to the person stopped the clock"
    return "; ".join(_why(found, date.fromisoformat(days["from"]), date.fromisoformat(days["to"])) for days in spans)


def _why(found: Found, first: date, last: date) -> str:
    answered = {step["facts"]["clarification_id"]: _day(step) for step in _steps(found, "clarification-received")}
    because = []
    for step in _steps(found, "clarification-asked"):
        asked, answer = _day(step), answered.get(step["facts"]["clarification_id"])
        if date.fromisoformat(asked) <= last and (answer is None or date.fromisoformat(answer) >= first):
            came = f"was answered on {_say(answer)}" if answer else "has not been answered"
            because.append(f"the question of {_say(asked)} {came}")
    return f"{_days((last - first).days + 1)}, {span(first, last)}, because {' and '.join(because)}"


def _extended(found: Found) -> str:
    notice = _say(found["clock"]["extension_notice_due_on"])
    steps = _steps(found, "time-extended")
    if not steps:
        until = "could have been" if found["closed_on"] else "can be"
        return f"no; the person {until} told by {notice} of two more months"
    facts, told_on = steps[-1]["facts"], _say(_day(steps[-1]))
    if facts.get("in_time"):
        return f"yes, three months in all: the person was told on {told_on}, in time"
    return f"no: the person was told on {told_on}, after the last day for it, {notice}"


def _told(found: Found) -> str:
    days = [
        f"on {_say(_day(step))} to expect an answer by {_say(step['facts']['told_due_on'])}"
        if step["facts"].get("told_due_on")
        else f"on {_say(_day(step))} that the request arrived"
        for step in _steps(found, "request-acknowledged", "time-extended")
    ]
    return "; ".join(days) or "no day"


def _target(clock: Found) -> str:
    if clock["target_rule"] == "LAW-CLK-07":
        return f"{_say(clock['target'])}: an answer is due without undue delay, and the limit is the last day for it"
    return f"{_say(clock['target'])}: for the team the day an answer to a question came counts, for the law it does not"


def _reckoned(clock: Found) -> str:
    """The limit with each step of its reckoning that moved it."""
    begins = date.fromisoformat(clock["relevant_on"])
    end = months_after(begins, clock["months"])
    limit, later = date.fromisoformat(clock["statutory_limit"]), clock["uncounted_days"]
    parts = [f"{_MONTHS[clock['months']]} after {dates.day(begins)} is {dates.day(end)}"]
    if later:
        end = date.fromordinal(end.toordinal() + later)
        parts.append(f"with {_days(later)} that did not count it is {dates.day(end)}")
    if end != limit:
        parts.append(f"that is a {end:%A} or a holiday, so it moves to {limit:%A} {dates.day(limit)}")
    return f"{dates.day(limit)}: {', '.join(parts)}"


def _complaint(found: Found) -> list[tuple[str, str]]:
    due, closed = found["due_on"], found["closed_on"]
    acknowledgements = _steps(found, "request-acknowledged")
    acknowledged = _say(_day(acknowledgements[0])) if acknowledgements else "by its answer" if closed else "not yet"
    first = dates.day(COMPLAINTS_FROM)
    unknown = f"none: the law asks for it since {first} only"
    limit = f"{_say(due)}, 30 days after it came or the next working day" if due else unknown
    return [
        ("To be acknowledged by", limit),
        ("Acknowledged", acknowledged),
        ("Outcome", f"given on {_say(closed)}" if closed else f"none yet, after {_days(found['age_days'])}"),
        ("Limit of the outcome", "none: the law sets no day, and says without undue delay"),
    ]


def _what_came(found: Found, day: str) -> str:
    """What restarted the month on a day: the information, the fee or both."""
    came = [
        _CAME[step["type"]] for step in _steps(found, *_CAME) if day in {step["facts"].get("received_on"), _day(step)}
    ]
    return " and ".join(came)


def _steps(found: Found, *types: str) -> Sequence[Any]:
    return [step for step in found["steps"] if step["type"] in types]


def _day(step: Found) -> str:
    return london_day(datetime.fromisoformat(step["occurred_at"])).isoformat()


def _mark(day: str, kind: Kind, what: str, effect: str) -> Mark:
    at = date.fromisoformat(day)
    return Mark(first=at, last=at, kind=kind, what=what, effect=effect)


def _say(day: object) -> str:
    return dates.day(day)


def _days(count: int) -> str:
    return f"{count:,} day" if count == 1 else f"{count:,} days"


def _sentence(text: str, *, stop: str = ".") -> str:
    return f"{text[:1].upper()}{text[1:]}{stop}"
