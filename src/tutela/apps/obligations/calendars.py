"""Obligations as a calendar (RFC 5545): one event for each time limit, with an alarm a day and two hours before."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from icalendar import Alarm, Calendar, Event

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_ALARMS = (timedelta(days=-1), timedelta(hours=-2))
_LENGTH = timedelta(minutes=15)


def written(lines: Iterable[dict[str, Any]], now: datetime) -> bytes:
    """The calendar; each line has ``uid``, ``due`` (UTC), ``title``, ``text`` and ``url``.

    An event ends when the limit does, so that no reader of calendars takes it for the beginning.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Tutela//Obligations//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Tutela")
    for line in lines:
        event = Event()
        event.add("uid", line["uid"])
        event.add("dtstamp", now)
        event.add("dtstart", line["due"] - _LENGTH)
        event.add("dtend", line["due"])
        event.add("summary", line["title"])
        event.add("description", line["text"])
        event.add("url", line["url"])
        for before in _ALARMS:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", line["title"])
            alarm.add("trigger", before, parameters={"related": "END"})
            event.add_component(alarm)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
