"""Who is told: by the rules, once for each time a finding opens, and everything else is explained."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.apps.notices.conftest import NOW
from tutela.apps.findings.models import Finding
from tutela.apps.ledger.models import LedgerEntry
from tutela.apps.notices import actions, queries
from tutela.apps.notices.models import Notice, Told
from tutela.core.actor import SYSTEM, Viewer
from tutela.core.errors import DefinitionErrors

pytestmark = pytest.mark.django_db

EVERYBODY = Viewer(SYSTEM)


def preview(home: Any, **more: Any) -> dict[str, Any]:
    found = queries.preview(home, EVERYBODY, NOW, **more)
    return {groups[0].organisation: groups for _, groups in found}


def test_one_notice_tells_a_contact_all_that_is_due(found: Any, compose: Any) -> None:
    ids = {found().pk for _ in range(3)}
    assert compose() == actions.Composed(1, 3)
    notice = Notice.objects.get()
    assert (notice.recipient, notice.contact, notice.rule, notice.state) == (
        "abuse@bank.example",
        "Kim",
        "urgent",
        "queued",
    )
    assert set(queries.findings_of(notice)) == ids
    assert notice.subject == "[TLP:CLEAR] 3 security findings at The bank"
    assert len(list(csv.DictReader(notice.rows.splitlines()))) == 3
    assert LedgerEntry.objects.filter(action="notices.compose").count() == 1


def test_nothing_is_told_twice(found: Any, compose: Any) -> None:
    found()
    compose()
    assert compose() == actions.Composed(0, 0)
    assert compose(NOW + timedelta(days=9)) == actions.Composed(0, 0)


def test_what_opens_again_is_told_again(found: Any, compose: Any) -> None:
    one = found()
    compose()
    Finding.objects.filter(pk=one.pk).update(state="reopened", changed=NOW + timedelta(days=1))
    assert compose(NOW + timedelta(days=1)) == actions.Composed(1, 1)
    assert Told.objects.filter(finding=one.pk).count() == 2


@pytest.mark.parametrize("state", ["notified", "acknowledged", "claimed", "closed", "false_positive", "accepted_risk"])
def test_what_is_known_already_is_not_told(found: Any, compose: Any, state: str) -> None:
    found(state=state)
    assert compose() == actions.Composed(0, 0)


def test_a_digest_waits_for_its_hour(found: Any, compose: Any) -> None:
    found(severity=2)
    assert compose(NOW) == actions.Composed(0, 0)
    assert compose(datetime(2026, 3, 3, 7, 59, tzinfo=UTC)) == actions.Composed(0, 0)
    assert compose(datetime(2026, 3, 3, 8, 0, tzinfo=UTC)) == actions.Composed(1, 1)


def test_who_has_no_contact_is_told_through_those_above(found: Any, compose: Any) -> None:
    found("branch")
    compose()
    notice = Notice.objects.get()
    assert (notice.organisation, notice.recipient) == ("branch", "abuse@bank.example")
    assert "of bank, for it has none of its own" in notice.because


def test_where_there_is_nobody_to_tell_the_plan_says_so(home: Any, found: Any, compose: Any) -> None:
    found("lake")
    assert compose() == actions.Composed(0, 0)
    (group,) = preview(home)["lake"]
    assert group.contact is None
    assert "nobody to tell" in group.because
    assert [(one.email, why) for one, why in group.others] == [
        ("press@lake.example", "the rule tells abuse, security, technical, not press")
    ]


def test_each_contact_who_is_not_told_has_its_reason(home: Any, found: Any) -> None:
    found()
    (group,) = preview(home)["bank"]
    assert group.contact is not None
    assert group.contact.email == "abuse@bank.example"
    assert {one.email: why for one, why in group.others} == {
        "press@bank.example": "the rule tells abuse, security, technical, not press",
        "security@bank.example": "another contact comes first, by role or by name",
        "security@group.example": "bank has a contact nearer to the finding",
    }


def test_the_plan_writes_nothing(home: Any, found: Any) -> None:
    found()
    preview(home)
    assert not Notice.objects.exists()
    assert not LedgerEntry.objects.filter(action__startswith="notices").exists()


def test_the_plan_keeps_to_those_in_care(home: Any, found: Any) -> None:
    for name in ("bank", "branch", "clinic"):
        found(name)
    assert set(preview(home, below="bank")) == {"bank", "branch"}
    theirs = queries.preview(home, Viewer(SYSTEM, ("clinic",)), NOW)
    assert [groups[0].organisation for _, groups in theirs] == ["clinic"]


def test_in_the_language_of_the_contact(found: Any, compose: Any) -> None:
    found("clinic")
    compose()
    notice = Notice.objects.get()
    assert (notice.language, notice.recipient) == ("zh-Hans", "technical@clinic.example")
    assert "受感染的机器" in notice.body


def test_own_rules_go_before_those_that_ship(home: Any, found: Any, compose: Any) -> None:
    home.mkdir(exist_ok=True)
    (home / "notices.yaml").write_text(
        "rules:\n  - name: press\n    schedule: at-once\n    contacts: [press]\n    answers: sign-in\n"
    )
    found()
    compose()
    notice = Notice.objects.get()
    assert notice.recipient == "press@bank.example"
    assert "/answer/" not in notice.body


def test_rules_with_errors_tell_nobody_anything(home: Any, found: Any, compose: Any) -> None:
    home.mkdir(exist_ok=True)
    (home / "notices.yaml").write_text("rules:\n  - name: a\n    schedule: sometimes\n")
    found()
    with pytest.raises(DefinitionErrors, match=r"notices\.yaml:3"):
        compose()
    assert not Notice.objects.exists()


def test_tlp_red_is_not_mailed(found: Any, compose: Any) -> None:
    found(tlp=4)
    found(tlp=3)
    assert compose() == actions.Composed(1, 1)


def test_a_very_long_list_goes_in_parts(found: Any, compose: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "_MOST_FINDINGS", 2)
    for _ in range(5):
        found()
    assert compose() == actions.Composed(3, 5)


def test_nothing_in_the_file_is_a_formula(found: Any, compose: Any) -> None:
    found(asset_type="url", asset_key="=HYPERLINK(1)", malware_name="+1+1", vulnerabilities="@x")
    compose()
    (row,) = csv.DictReader(Notice.objects.get().rows.splitlines())
    assert all(not row[name].startswith(tuple("=+-@\t\r")) for name in ("asset", "malware", "vulnerabilities"))


def test_who_sees_a_notice(found: Any, compose: Any) -> None:
    for name in ("bank", "branch", "clinic"):
        found(name)
    compose()
    seen = queries.notices_for(Viewer(SYSTEM, ("bank",)))
    assert {one.organisation for one in seen} == {"bank", "branch"}
    assert queries.notices_for(EVERYBODY).count() == 3
