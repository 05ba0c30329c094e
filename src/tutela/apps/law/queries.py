"""What may be asked of the law: the library, what is known of an organisation, and what was confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tutela.apps.constituency.queries import organisations_for
from tutela.apps.law.models import Confirmation, Statement
from tutela.core.law.binding import bound
from tutela.core.law.instrument import ENGLISH, Confidence, weakest
from tutela.core.law.links import links
from tutela.core.law.periods import countries
from tutela.core.law.stating import COUNTRY, MOMENT, MOMENTS, ORGANISATION, PLACE, TIMEZONE
from tutela.engine import law
from tutela.web.words import MOMENT as MOMENT_TITLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from tutela.apps.constituency.models import Organisation
    from tutela.core.actor import Viewer
    from tutela.core.law.binding import Binding
    from tutela.core.law.condition import Fact
    from tutela.core.law.facts import Declaration
    from tutela.core.law.library import Compiled, Library
    from tutela.core.law.links import Link

PLACE_TITLES: Final = {COUNTRY: _("Country whose law and holidays count"), TIMEZONE: _("Time zone")}


def library() -> Library:
    """The library of law of this installation; raises DefinitionErrors where its files have errors."""
    return law.library(settings.TUTELA.home)


def said(texts: Mapping[Any, str]) -> str:
    """A text of the library in the language of whoever reads the page, else in English."""
    return texts.get((get_language() or ENGLISH).lower()) or texts[ENGLISH]


def called(name: str) -> str:
    """What people call a fact or a moment: the question by which it is asked."""
    if name in PLACE_TITLES:
        return str(PLACE_TITLES[name])
    event, _dot, stage = name.removeprefix(MOMENT).partition(".")
    if name.startswith(MOMENT):
        regime, _dot, stage = stage.rpartition(".")
        titles = (str(MOMENT_TITLES.get(event, event)), title_of(regime, stage), law_of(regime) if regime else "")
        return " · ".join(filter(None, titles))
    fact = library().facts.get(name)
    return said(fact.question) if fact else name


def title_of(regime: str, stage: str) -> str:
    """What a stage of a regime is called."""
    for version in reversed(library().versions.get(regime, ())):
        for one in version.stages:
            if one.stage.id == stage:
                return said(one.stage.title)
    return stage


def law_of(regime: str) -> str:
    """What the instrument of a regime is called."""
    versions = library().versions.get(regime)
    return said(versions[-1].instrument.instrument) if versions else regime


def in_order(names: Iterable[str]) -> list[str]:
    """Names of facts and moments in the order in which they are told; those that are not known any more at the end."""
    order = {name: place for place, name in enumerate((*MOMENTS, *library().facts))}
    return sorted(names, key=lambda name: (order.get(name, len(order)), name))


def statements_of(organisation: Organisation, viewer: Viewer) -> dict[str, list[Statement]]:
    """What was stated of an organisation, by name; of each the last counts, and those before it follow."""
    found: dict[str, list[Statement]] = {}
    visible = organisations_for(viewer).filter(pk=organisation.pk).values("global_id")
    for one in Statement.objects.filter(organisation__in=visible).order_by("-id"):
        found.setdefault(one.name, []).append(one)
    return found


def profile(organisation: Organisation, viewer: Viewer) -> dict[str, Any]:
    """What is known of an organisation, as the parts of a case: ``organisation``, ``country``, ``timezone``.

    Facts and values that the library does not know any more are left out. The country is that of the constituency until
    another is stated: it says whose law was made its own, and whose holidays count.
    """
    return profile_of(organisation, statements_of(organisation, viewer))


def profile_of(organisation: Organisation, statements: Mapping[str, Sequence[Statement]]) -> dict[str, Any]:
    """The same, from what was stated of it."""
    known = library().facts
    last = {name: one[0].value for name, one in statements.items()}
    place = {name: last[name] for name in PLACE if last.get(name)}
    facts = {
        name.removeprefix(ORGANISATION): value
        for name, value in last.items()
        if name in known and _is_still_one(known[name], value)
    }
    country = organisation.jurisdiction.partition("-")[0]
    return {"organisation": facts, **({COUNTRY: country} if country in countries() else {}), **place}


def _is_still_one(fact: Declaration, value: Fact | None) -> bool:
    """Whether the library still takes a value that was stated once; what it does not is a question again."""
    try:
        return value is None or fact.read(value) is not None
    except ValueError:
        return False


def confirmed() -> frozenset[str]:
    """The hashes of all that was confirmed of the law."""
    return frozenset(Confirmation.objects.values_list("digest", flat=True))


def confirmations_of(regime: str) -> dict[str, Confirmation]:
    """What was confirmed of a regime, by its hash."""
    return {one.digest: one for one in Confirmation.objects.filter(regime=regime)}


@dataclass(frozen=True, slots=True)
class Regime:
    """A regime as a list shows it: the version that is law, else the next; how surely it is known, and what is not."""

    compiled: Compiled
    is_law: bool
    confidence: Confidence
    unverified: int

    @property
    def name(self) -> str:
        """What its instrument is called, in the language of whoever reads."""
        return said(self.compiled.instrument.instrument)

    @property
    def stages(self) -> int:
        """How many reports it asks for."""
        return sum(not one.duty for one in self.compiled.stages)


def regimes(day: date) -> list[Regime]:
    """All regimes as they are on a day; the law is open to everybody."""
    known = confirmed()
    return [_regime(one, known, law=law) for one, law in library().regimes(None, day).values()]


def parts_of(compiled: Compiled) -> dict[Link, Compiled]:
    """Each fact of law on which a version of a regime rests, then those that countries have put in, and who says it."""
    national = [one for one in versions_of(compiled.id) if one.overlay]
    found: dict[Link, Compiled] = {}
    for version in (compiled, *national):
        for link in links(version):
            found.setdefault(link, version)
    return found


def _regime(compiled: Compiled, known: frozenset[str], *, law: bool) -> Regime:
    found = parts_of(compiled)
    open_ = [one for one in found if one.confidence is Confidence.MEMORY and one.digest not in known]
    return Regime(compiled, law, weakest(*(one.confidence for one in found)), len(open_))


def jurisdictions() -> list[str]:
    """Where the regimes of the library hold."""
    return sorted({one.instrument.jurisdiction for one in library().newest()})


def versions_of(regime: str) -> list[Compiled]:
    """All versions of a regime, and what countries have made of it; empty where there is none of this name."""
    national = (one for (name, _), each in library().overlays.items() if name == regime for one in each)
    return [*library().versions.get(regime, ()), *national]


def regime_by(name: str, day: date) -> Regime | None:
    """One regime as it is on a day; None where there is none of this name."""
    found = library().regimes(None, day).get(name)
    return _regime(found[0], confirmed(), law=found[1]) if found else None


def yielding_to(regime: str) -> list[Compiled]:
    """The regimes before which this one goes, as the special law."""
    return [one for one in library().newest() if any(rule.regime == regime for rule, _ in one.yields_to)]


def bound_of(organisation: Organisation, viewer: Viewer, at: datetime) -> list[Binding]:
    """Each regime for an organisation: whether it binds it, and why."""
    return bound(library(), profile(organisation, viewer), at)
