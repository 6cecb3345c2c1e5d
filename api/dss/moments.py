"""Rule 4 of the import contract: how a DSS document writes a date; it knows no field and no warning."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from ledger.clocks import LONDON
from ledger.commands.bounds import FIRST_YEAR

SENTINEL_YEAR = "0001-"  # .NET's "no value"
_LAST_YEAR = 9999  # and its largest date, which stands for "no end" and is as little a value


class NotADate(ValueError):
    """The text is not an ISO 8601 date, or no such day or time exists."""


def instant(text: str) -> tuple[str | None, bool]:
    """As `YYYY-MM-DDTHH:MM:SS[.ffffff]Z` (None for years 1 and 9999), and whether an offset was written.

    Equal moments give equal text: the fraction is cut to microseconds and loses its trailing zeros.
    """
    # One slice looks at all the separators and fromisoformat then judges the digits: nearly every date of the
    # service has one of these two shapes, and this is four times as fast as taking it apart.
    shape = text[4:20:3]
    if (
        ((shape == "--T::Z" and len(text) == 20) or (shape == "--T::." and 22 <= len(text) <= 28 and text[-1] == "Z"))
        and text[:5] != SENTINEL_YEAR
        and text[:4] != "9999"
        and text[11:13] != "24"  # newer Pythons read 24:00:00 as the next day
    ):
        try:
            _from_iso(text)
        except ValueError:
            raise NotADate from None
        if len(text) == 20:
            return text, True
        if text[20:-1].isdigit():
            return f"{text[: min(26, len(text) - 1)].rstrip('0').rstrip('.')}Z", True
    moment, has_offset = _take_apart(text)
    has_offset = has_offset or text.startswith("/Date(")  # milliseconds since 1970 in UTC need none
    if moment.year in _NO_VALUE:
        return None, has_offset
    try:
        utc = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    except OverflowError:  # an offset may carry the last hours of 9999 out of the calendar
        raise NotADate from None
    return f"{utc.rstrip('0') if '.' in utc else utc}Z", has_offset


def has_been(value: object, at: datetime) -> str | None:
    """A kept moment that can have been: not ahead of `at`, and in no year that is a typing error; None otherwise."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return value if moment <= at and moment.year >= FIRST_YEAR else None


def as_written(text: str) -> str | None:
    """Like `instant`, but with the offset left out instead of applied, which is what SQL's datetime2 does with it."""
    found = _iso_8601(text)
    return instant(text if found is None or found[8] is None else text[: found.start(8)])[0]


def calendar_date(text: str) -> str | None:
    """The day as written, whatever time and offset stand behind it; None for years 1 and 9999.

    Of `/Date(milliseconds)/` it is the day in the offset that is written, otherwise in London.
    """
    moment, has_offset = _take_apart(text)
    if moment.year in _NO_VALUE:
        return None
    if text[:4].isdigit():
        return text[:10]
    return (moment if has_offset else moment.astimezone(LONDON)).date().isoformat()


_from_iso = datetime.fromisoformat
_iso_8601 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?(Z|[+-]\d\d(?::?\d\d)?)?)?", re.ASCII
).fullmatch


_NO_VALUE = frozenset({1, _LAST_YEAR})
_dot_net = re.compile(r"/Date\((-?\d{1,15})([+-]\d{4})?\)/", re.ASCII).fullmatch
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _since_1970(text: str) -> tuple[datetime, bool] | None:
    """A moment as older .NET serialisers write it: `/Date(milliseconds)/`, with an offset that only says where."""
    found = _dot_net(text)
    if found is None:
        return None
    try:
        moment = _EPOCH + timedelta(milliseconds=int(found[1]))
        return (moment if found[2] is None else moment.astimezone(_zone(found[2]))), found[2] is not None
    except OverflowError:
        raise NotADate from None


def _take_apart(text: str) -> tuple[datetime, bool]:
    if text.startswith("/Date(") and (since := _since_1970(text)) is not None:
        return since
    found = _iso_8601(text)
    if found is None:
        raise NotADate
    *numbers, fraction, offset = found.groups()
    year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
    microsecond = int((fraction or "0").ljust(6, "0")[:6])
    try:
        moment = datetime(year, month, day, hour, minute, second, microsecond, _zone(offset))
    except ValueError:
        raise NotADate from None
    return moment, offset is not None


def _zone(offset: str | None) -> timezone:
    if offset is None or offset == "Z":
        return UTC
    hours, minutes = int(offset[1:3]), int(offset[-2:]) if len(offset) > 3 else 0
    if minutes > 59:
        raise NotADate
    ahead = timedelta(hours=hours, minutes=minutes)
    return timezone(-ahead if offset[0] == "-" else ahead)
