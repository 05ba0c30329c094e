import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tutela.core.actor import SYSTEM, Actor, Basis
from tutela.core.errors import WrongUse
from tutela.core.ledger.canonical import canonical
from tutela.core.ledger.entry import Act, Composer, Opening, Personal, commitment, stamp

NOW = datetime(2026, 11, 22, 22, 50, 3, tzinfo=UTC)
BASIS = Basis("eu/2022/2555#art-11", "2022-12-27")
HASH = "a" * 64


def composer(by=SYSTEM, basis=BASIS):
    salts = (bytes([n]) * 32 for n in range(200))
    return Composer(by=by, basis=basis, time=NOW, salt=lambda: next(salts))


def compose(by=SYSTEM, **changes):
    fields = {"action": "report.ingest", "object_type": "report", "object_hash": HASH, "details": {}} | changes
    return composer(by).compose(Act(**fields))


def test_the_form_of_an_entry_never_changes():
    leaf = compose(details={"events": 12, "whole": True, "feed": "shadowserver.event4_sinkhole_http"})
    assert leaf == (
        b'{"action":"report.ingest","actor":{"kind":"system","name":"tutela"},'
        b'"basis":{"id":"eu/2022/2555#art-11","version":"2022-12-27"},'
        b'"details":{"events":12,"feed":"shadowserver.event4_sinkhole_http","whole":true},'
        b'"object":{"hash":"' + HASH.encode() + b'","type":"report"},'
        b'"time":"2026-11-22T22:50:03.000000Z","version":1}'
    )
    assert canonical(json.loads(leaf)) == leaf


def test_a_person_is_committed_to_and_not_named():
    made = composer(Actor("person", "dana.example"))
    leaves = [made.compose(Act("x", "y", HASH)) for _ in range(2)]
    assert b"dana" not in leaves[0]
    assert [Opening(commitment("person:dana.example", b"\0" * 32), b"\0" * 32, "person:dana.example")] == made.openings
    assert json.loads(leaves[0])["actor"] == {"kind": "person", "commitment": made.openings[0].commitment}
    assert made.openings[0].holds()
    assert not made.openings[0]._replace(value="person:someone.else").holds()


def test_personal_values_stand_anywhere_as_commitments():
    made = composer()
    leaf = made.compose(
        Act("notice.send", "notice", Personal("notice to Dana"), {"to": [Personal("dana@example.org")], "sent": 1})
    )
    entry = json.loads(leaf)
    assert entry["object"] == {"type": "notice", "commitment": made.openings[0].commitment}
    assert entry["details"] == {"to": [{"commitment": made.openings[1].commitment}], "sent": 1}
    assert [opening.value for opening in made.openings] == ["notice to Dana", "dana@example.org"]
    assert "Dana" not in repr(Personal("Dana"))


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "two words"},
        {"action": ""},
        {"object_type": "Ä"},
        {"object_hash": "abc"},
        {"object_hash": HASH.upper()},
        {"details": {"mail": "dana@example.org"}},
        {"details": {"two words": 1}},
        {"details": {"n": 1.5}},
        {"details": {"n": 2**60}},
        {"details": {"n": b"x"}},
        {"details": {"n": {1}}},
        {"details": {"text": "x" * 201}},
        {"details": {"text": "line\n"}},
        {"details": {"deep": [[[[[1]]]]]}},
        {"details": {"many": list(range(20_000))}},
        {"by": Actor("system", "a b")},
        {"by": Actor("", "a")},
    ],
)
def test_prose_names_and_floats_are_refused(changes):
    with pytest.raises(WrongUse):
        compose(**changes)


@pytest.mark.parametrize("basis", [Basis("because we said so", "1"), Basis("a", "")])
def test_a_ground_is_structured(basis):
    with pytest.raises(WrongUse, match="basis"):
        composer(basis=basis)


def test_times_are_utc_and_sort_as_text():
    assert stamp(NOW.astimezone(timezone(timedelta(hours=8)))) == stamp(NOW) == "2026-11-22T22:50:03.000000Z"
    assert stamp(datetime(1, 1, 1, tzinfo=UTC)) < stamp(datetime(999, 1, 1, tzinfo=UTC)) < stamp(NOW)
    with pytest.raises(WrongUse, match="zone"):
        stamp(NOW.replace(tzinfo=None))
