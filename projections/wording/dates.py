"""Days, moments and periods in plain English."""

from __future__ import annotations

from datetime import UTC, date, datetime

from ledger.clocks import LONDON


def day(value: object) -> str:
    """The London day as “6 January 2025”; a text that is no date stays as it was said."""
    moment = _instant(value)
    if moment is None:
        return str(value)
    return f"{moment.day} {moment:%B %Y}"


def moment(value: object) -> str:
    """Day and London time as “6 January 2025 at 9:05am”; a date alone as a day."""
    at = _instant(value)
    if at is None or not isinstance(at, datetime):
        return day(value)
    hour, half = at.hour % 12 or 12, "am" if at.hour < 12 else "pm"
    return f"{at.day} {at:%B %Y} at {hour}:{at.minute:02}{half}"


def is_date(value: object) -> bool:
    """Whether a text is a day as YYYY-MM-DD."""
    text = str(value)
    return len(text) == len("2025-01-06") and text[4] == text[7] == "-" and _instant(text) is not None


def _instant(value: object) -> datetime | date | None:
    if isinstance(value, datetime):
        try:
            return value.astimezone(LONDON)
        except OverflowError:
            return None
    if isinstance(value, date):
        return value
    text = str(value)
    try:
        if len(text) == len("2025-01-06"):
            return date.fromisoformat(text)
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(LONDON)
    except (ValueError, OverflowError):  # the first and the last hours of the calendar have no London time
        return None


def period(months: int) -> str:
    """Calendar months as people say them."""
    if months % 12 or not months:
        return "at once" if not months else f"{months} month{'s' if months > 1 else ''}"
    return f"{months // 12} year{'s' if months > 12 else ''}"
