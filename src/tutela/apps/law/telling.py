"""How the law is told on a page: limits in words, the course of a regime, and what is known of it how surely."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tutela.apps.law import queries
from tutela.apps.law.forms import choices
from tutela.core.law.binding import Binds, changes
from tutela.core.law.course import Span, course
from tutela.core.law.facts import Type
from tutela.core.law.instrument import OF_A_STAGE, Confidence, Event, Mode, Unit
from tutela.core.law.links import links
from tutela.web.courses import Bar, drawn
from tutela.web.words import BINDS, CONFIDENCE, LAW_PART, LAW_STATUS, LIMIT_MODE, MOMENT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from django.utils.safestring import SafeString

    from tutela.apps.law.models import Statement
    from tutela.core.law.binding import Binding, Change, Question
    from tutela.core.law.instrument import Due, Limit, Period, Sourced
    from tutela.core.law.library import Compiled, CompiledStage

_WHETHER: Final = frozenset({"who", "validity"})
"""The parts of a regime on which rests whether it binds somebody."""


def period(given: Period) -> str:
    """A length of time as the law gives it."""
    words = {
        Unit.MINUTE: ngettext("%(count)s minute", "%(count)s minutes", given.number),
        Unit.HOUR: ngettext("%(count)s hour", "%(count)s hours", given.number),
        Unit.DAY: ngettext("%(count)s day", "%(count)s days", given.number),
        Unit.MONTH: ngettext("%(count)s month", "%(count)s months", given.number),
        Unit.BUSINESS_DAY: ngettext("%(count)s business day", "%(count)s business days", given.number),
    }
    return words[given.unit] % {"count": given.number}


def limit(given: Limit, regime: str) -> str:
    """A limit in words: ``72 hours after: known to be an incident``."""
    if given.within is None or given.from_ is None:
        return str(LIMIT_MODE[given.mode])
    said = _("%(period)s after: %(event)s") % {
        "period": period(given.within),
        "event": _event(given.from_, given.of, regime),
    }
    if given.beginning:
        said = _("%(limit)s, from the end of that calendar year") % {"limit": said}
    return _("%(limit)s (guidance, not law)") % {"limit": said} if given.mode is Mode.GUIDELINE else said


def due(given: Due, regime: str) -> str:
    """Until when a report is due, in words."""
    limits = [limit(one, regime) for one in given.earliest_of]
    return limits[0] if len(limits) == 1 else _("the earliest of: %(limits)s") % {"limits": "; ".join(limits)}


def _event(event: Event, of: str | None, regime: str) -> str:
    title = str(MOMENT[event])
    return f"{title} · {queries.title_of(regime, of)}" if event in OF_A_STAGE and of else title


def stage(one: CompiledStage, compiled: Compiled) -> dict[str, Any]:
    """A report, or a duty of an authority, as the page shows it."""
    given, regime = one.stage, compiled.lender.id
    variants = [
        {"when": variant.when, "due": due(variant.due, regime), "citation": variant.citation or given.citation}
        for variant in given.variants
    ]
    return {
        "title": queries.said(given.title),
        "due": due(given.due, regime),
        "when": given.when,
        "variants": variants,
        "recipient": given.recipient or given.what or "",
        "content": given.content,
        **sourced(given),
    }


def sourced(given: Sourced) -> dict[str, Any]:
    """Where a fact of law stands, how it is known, and what to know besides."""
    title, tone = CONFIDENCE[given.confidence]
    known = queries.library().sources
    return {
        "citation": given.citation,
        "confidence": title,
        "tone": tone,
        "sources": [known[name] for name in given.sources if name in known],
        "note": given.note or "",
    }


def drawing(compiled: Compiled) -> SafeString | str:
    """The course of a regime as a picture; empty where there is nothing to draw."""
    spans = course(one.stage for one in compiled.stages if not one.duty)
    bars = [_bar(span, compiled.lender.id) for span in spans]
    order = list(dict.fromkeys(bar.group for bar in sorted(bars, key=lambda bar: bar.ends is None)))
    bars.sort(key=lambda bar: order.index(bar.group))
    return drawn(_("What is due when"), bars) if bars else ""


def _bar(span: Span, regime: str) -> Bar:
    title = queries.said(span.stage.title)
    if span.start is None or span.limit.within is None:
        return Bar(_("Without a number"), title, str(LIMIT_MODE[span.limit.mode]))
    group = _("From: %(event)s") % {"event": _event(span.start, span.of, regime)}
    said = period(span.limit.within)
    if span.begins:
        said = f"+ {said}"
    tone = "series2" if span.stage.confidence is Confidence.MEMORY else "series0"
    return Bar(group, title, said, span.begins, span.ends, tone)


def parts(compiled: Compiled) -> list[dict[str, Any]]:
    """Each fact of law on which answers rest: how it is known, and who has read it in the law."""
    confirmations = queries.confirmations_of(compiled.id)
    return [
        {
            "title": LAW_PART.get(one.part) or queries.title_of(compiled.id, one.part.removeprefix("stage.")),
            "overlay": version.overlay,
            "link": one,
            "confidence": CONFIDENCE[one.confidence][0],
            "tone": CONFIDENCE[one.confidence][1],
            "confirmation": confirmations.get(one.digest),
            "is_open": one.confidence is Confidence.MEMORY and one.digest not in confirmations,
        }
        for one, version in queries.parts_of(compiled).items()
    ]


def asks(compiled: Compiled) -> list[dict[str, str]]:
    """The questions by which a regime asks, of the organisation and of the incident."""
    conditions = [compiled.who, compiled.trigger, *compiled.tests]
    conditions += [condition for _rule, condition in compiled.yields_to]
    for one in compiled.stages:
        conditions += [one.when, *(condition for condition, _due, _citation in one.variants)]
    names = {name for condition in conditions if condition is not None for name in condition.names}
    facts = queries.library().facts
    return [
        {"name": name, "question": queries.called(name), "help": queries.said(facts[name].help)}
        for name in queries.in_order(names)
        if name in facts
    ]


def versions(regime: str) -> list[dict[str, Any]]:
    """All versions of a regime and what countries have made of it, each with the days of its validity."""
    return [_version(one) for one in queries.versions_of(regime)]


def _version(one: Compiled) -> dict[str, Any]:
    title, tone = LAW_STATUS[one.instrument.status]
    return {"law": one.instrument, "overlay": one.overlay, "status": title, "tone": tone}


def dates(day: date, regimes: Iterable[str] | None = None) -> dict[str, list[dict[str, Any]]]:
    """What changes: ``coming``, ``open`` (no day is known), and what ``was`` since a year ago, the last first."""
    found = [_change(one) for one in changes(queries.library(), regimes)]
    year_ago = day.replace(year=day.year - 1, day=min(day.day, 28))
    return {
        "coming": [one for one in found if one["day"] and one["day"] > day],
        "open": [one for one in found if one["day"] is None],
        "was": [one for one in reversed(found) if one["day"] and year_ago <= one["day"] <= day],
    }


def _change(one: Change) -> dict[str, Any]:
    law = one.compiled.instrument
    title, tone = LAW_STATUS[law.status]
    return {
        "day": one.day,
        "regime": law.id,
        "name": queries.said(law.instrument),
        "article": law.article,
        "jurisdiction": law.jurisdiction,
        "version": law.version,
        "overlay": one.compiled.overlay,
        "begins": one.begins,
        "status": title,
        "tone": tone,
        "is_proposed": law.status == "proposed",
    }


def value(given: object) -> str:
    """The value of a fact, for people."""
    if given is None:
        return _("not known")
    if isinstance(given, bool):
        return _("yes") if given else _("no")
    return str(given) or _("none of them")


def binding(one: Binding, known: Collection[str]) -> dict[str, Any]:
    """A regime for an organisation: whether it binds it, and the facts from which that follows.

    ``known``: the hashes of what was confirmed of the law; what rests on anything else from memory is unverified.
    """
    title, tone = BINDS[one.binds]
    law = one.compiled.instrument
    return {
        "law": law,
        "name": queries.said(law.instrument),
        "title": title,
        "tone": tone,
        "article": _article(law.id),
        "is_unverified": any(
            link.part in _WHETHER and link.confidence is Confidence.MEMORY and link.digest not in known
            for link in links(one.compiled)
        ),
        "facts": [{"question": queries.called(name), "value": value(given)} for name, given in one.facts.items()],
        "told": one.told,
        "before": [
            {"name": queries.law_of(each.rule.regime), "rule": each.rule, "value": each.value} for each in one.before
        ],
        "missing": [queries.called(name) for name in one.missing],
    }


def grouped(bindings: Iterable[Binding], known: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """The regimes for an organisation as its page shows them; those of its own country stand apart while open."""
    found: dict[str, list[dict[str, Any]]] = {"binds": [], "later": [], "near": [], "far": [], "no": []}
    for one in bindings:
        if one.binds in {Binds.YES, Binds.YIELDS}:
            place = "binds"
        elif one.binds is Binds.NO:
            place = "no"
        elif one.binds is Binds.LATER and not one.missing:
            place = "later"
        else:
            place = "near" if one.near else "far"
        found[place].append(binding(one, known))
    return found


def concerns(one: Binding) -> bool:
    """Whether a change of the regime is worth telling the organisation: it binds, or may as the law of its country."""
    return one.binds is not Binds.NO and (one.near or not one.missing)


def question(one: Question, given: str) -> dict[str, Any]:
    """A question as the page asks it; ``given``: what was answered already, where that could not be taken."""
    fact = queries.library().facts[one.name]
    return {
        "name": one.name,
        "question": queries.called(one.name),
        "help": queries.said(fact.help),
        "unit": fact.unit or "",
        "is_yes_no": fact.type is Type.YES_NO,
        "choices": choices(one.name),
        "given": given,
        "regimes": [{"id": each, "name": queries.law_of(each), "article": _article(each)} for each in one.regimes],
    }


def _article(regime: str) -> str:
    """The first article: two regimes of one instrument differ in nothing else that people know."""
    return queries.library().versions[regime][-1].instrument.article.partition(";")[0]


def place(name: str, given: str) -> dict[str, Any]:
    """The question where an organisation is, as `question` gives others."""
    told = _("Whose law is its own hangs on it. Two letters, as LU or CN (ISO 3166-1).")
    return {"name": name, "question": queries.called(name), "help": told, "given": given}


def statement(one: Statement) -> dict[str, Any]:
    """A statement as the page shows it."""
    return {
        "title": queries.called(one.name),
        "value": value(one.value),
        "evidence": one.evidence,
        "who": one.actor_name,
        "at": one.stated,
    }
