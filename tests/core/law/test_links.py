"""What an answer rests on, and what of it nobody has read in the law."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.core.law.test_stating import LIBRARY
from tutela.core.law.instrument import Confidence
from tutela.core.law.library import compile_instrument
from tutela.core.law.links import links, links_of, unverified

if TYPE_CHECKING:
    from tutela.core.law.library import Compiled


def _all() -> list[Compiled]:
    return [one for versions in LIBRARY.versions.values() for one in versions]


def test_an_answer_is_as_sure_as_its_weakest_link() -> None:
    for one in _all():
        for stage in one.stages:
            found = list(links_of(one, stage.stage))
            assert max((link.confidence for link in found), key="PSM".index) == stage.never.confidence, (one.id, stage)


def test_only_what_is_known_from_memory_waits_and_only_until_it_is_confirmed() -> None:
    seen = 0
    for one in _all():
        for stage in one.stages:
            open_ = unverified(one, stage.stage, ())
            seen += len(open_)
            assert bool(open_) == (stage.never.confidence is Confidence.MEMORY)
            assert not unverified(one, stage.stage, {link.digest for link in open_})
    assert seen


def test_what_is_amended_has_to_be_confirmed_anew() -> None:
    one = LIBRARY.versions["eu.nis2.art23"][-1]
    law = one.instrument
    amended = law.model_copy(update={"who": law.who.model_copy(update={"text": "Everybody."})})
    before = {link.part: link.digest for link in links(one)}
    after = {link.part: link.digest for link in links(compile_instrument(amended, LIBRARY.rules))}
    assert {part for part in before if before[part] != after[part]} == {"who"}


def test_no_two_regimes_are_confirmed_at_once() -> None:
    digests = [link.digest for one in _all() for link in links(one)]
    assert len(digests) == len(set(digests))
