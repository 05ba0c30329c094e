"""A notice as a text that a person reads: the findings of one organisation by kind, what they mean and what to do."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from tutela.core.findings.deadline import due
from tutela.core.findings.fold import TLP_LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from tutela.core.notices.texts import Texts

_SHOWN: Final = 10
_MOST_ASKED: Final = 50
_LONGEST_VALUE: Final = 120
_WIDTH: Final = 76


@dataclass(frozen=True, slots=True)
class Line:
    """One finding as a notice tells it."""

    type: str
    severity: int
    asset: str
    what: str
    first_seen: datetime
    last_seen: datetime
    tlp: int


@dataclass(frozen=True, slots=True)
class Letter:
    """Subject and body (plain text), the strictest TLP of all in it (0 CLEAR … 4 RED), and the day it asks for."""

    subject: str
    body: str
    tlp: int
    deadline: datetime


def write(
    *, lines: Sequence[Line], organisation: str, contact: str, links: Mapping[str, str], texts: Texts, now: datetime
) -> Letter:
    """The letter to a contact of an organisation about its findings (at least one), the worst kind first.

    They are asked to be fixed within the days that their severity allows (``core/findings/deadline.py``) from ``now``:
    who was not told before cannot have been late.

    ``links``: addresses under which to ``acknowledge`` and ``claim`` (left out where they need a sign-in), and the
    ``console``. Values of feeds stand on one line each, without characters that a terminal or a mail program obeys.
    """
    words = texts.phrases
    deadline = min(due(now, line.severity) for line in lines)
    tlp = max(line.tlp for line in lines)
    named = {"organisation": _plain(organisation), "count": len(lines), "contact": _plain(contact)}
    subject = (words.subject_one if len(lines) == 1 else words.subject).format(**named)
    greeting = words.greeting if named["contact"] else words.greeting_unnamed
    head = [f"TLP:{TLP_LEVELS[tlp]}", greeting.format(**named), words.opening.format(**named)]
    parts = [*map(_wrapped, head), *_sections(lines, texts, now)]
    parts.append(_wrapped(words.attached.format(**named)))
    for name, text in (("acknowledge", words.acknowledge), ("claim", words.claim), ("console", words.console)):
        if name in links:
            parts.append(f"{_wrapped(text)}\n  {links[name]}")
    parts += [_wrapped(words.proof), _wrapped(words.closing)]
    return Letter(f"[TLP:{TLP_LEVELS[tlp]}] {subject}", "\n\n".join(parts) + "\n", tlp, deadline)


def ask(*, organisations: Sequence[tuple[str, str]], link: str, days: int, texts: Texts) -> tuple[str, str]:
    """Subject and text of the question whether an address is still right, for these organisations and roles.

    ``link``: where that is confirmed; good for so many days.
    """
    words = texts.phrases
    rows = [f"  * {_plain(name)}: {_plain(role)}" for name, role in organisations[:_MOST_ASKED]]
    if len(organisations) > _MOST_ASKED:
        rows.append("  …")
    confirm = f"{_wrapped(words.ask_confirm.format(days=days))}\n  {link}"
    parts = [_wrapped(words.ask_opening), "\n".join(rows), confirm, _wrapped(words.ask_otherwise)]
    return words.ask_subject, "\n\n".join(parts) + "\n"


def _sections(lines: Sequence[Line], texts: Texts, now: datetime) -> Iterator[str]:
    """A section for each kind, the worst first; in each the worst and longest known findings stand."""
    words = texts.phrases
    by_type = sorted(lines, key=lambda line: line.type)
    groups = [(kind, list(found)) for kind, found in groupby(by_type, key=lambda line: line.type)]
    groups.sort(key=lambda group: (-max(line.severity for line in group[1]), -len(group[1]), group[0]))
    for type_, found in groups:
        kind = texts.kind(type_)
        title = f"{kind.title} ({len(found)})"
        first = min(due(now, line.severity) for line in found)
        found.sort(key=lambda line: (-line.severity, line.first_seen, line.asset))
        rows = [_row(line, texts) for line in found[:_SHOWN]]
        if len(found) > _SHOWN:
            rows.append("  " + words.more.format(count=len(found) - _SHOWN))
        yield "\n".join(
            [
                title,
                "-" * min(_WIDTH, sum(2 if ord(one) > 0x2E7F else 1 for one in title)),  # noqa: PLR2004 - wide from there
                _wrapped(f"{words.meaning} {kind.meaning}"),
                _wrapped(f"{words.action} {kind.action}"),
                _wrapped(words.deadline.format(day=f"{first:%Y-%m-%d}")),
                "",
                *rows,
            ]
        )


def _row(line: Line, texts: Texts) -> str:
    words = texts.phrases
    what = f" · {_plain(line.what)}" if line.what else ""
    said = f"{words.severity} {texts.severities[line.severity]}, {words.last_seen} {line.last_seen:%Y-%m-%d %H:%M} UTC"
    return f"  * {_plain(line.asset)}{what}\n    {said}"


def _plain(text: str) -> str:
    """A value on one line: nothing in it but what can be printed, and no more than fits."""
    clean = "".join(one if one.isprintable() else " " for one in text)
    clean = " ".join(clean.split())
    return clean if len(clean) <= _LONGEST_VALUE else clean[: _LONGEST_VALUE - 1] + "…"


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(" ".join(text.split()), _WIDTH, break_long_words=False, break_on_hyphens=False))
