"""Killed with SIGKILL while it sends, by several at once: no notice is lost, and what may be double is marked."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.mailserver import listening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Installation

pytestmark = pytest.mark.slow

NOTICES = 400
KILLS = 6
FILL = """
import django, sys
django.setup()
from datetime import UTC, datetime
from django.utils import timezone
from tests.making import a_finding
from tutela.apps.constituency.models import Contact, Organisation
from tutela.apps.findings.models import Finding
now = timezone.now()
names = [f"o{number:05}" for number in range(int(sys.argv[1]))]
said = {"source": "test", "imported": now}
Organisation.objects.bulk_create(
    Organisation(global_id=one, names={"en": one}, path=f"/{one}/", **said) for one in names
)
Contact.objects.bulk_create(
    Contact(organisation_id=one, role="abuse", email=f"abuse@{one}.example", **said) for one in names
)
Finding.objects.bulk_create(a_finding(one, seen=now, classification_type="phishing", severity=4) for one in names)
"""
EXPIRE = """
import django
django.setup()
from datetime import timedelta
from django.utils import timezone
from tutela.apps.notices.models import Notice
past = timezone.now() - timedelta(seconds=1)
Notice.objects.filter(leased_until__isnull=False).update(leased_until=past)
Notice.objects.filter(next_try__isnull=False).update(next_try=past)
"""
COUNT = """
import django, json
django.setup()
from tutela.apps.findings.models import Finding, Step
from tutela.apps.ledger.models import LedgerEntry
from tutela.apps.notices.models import Notice
print(json.dumps({
    "states": list(Notice.objects.values_list("state", flat=True)),
    "doubtful": [str(one) for one in Notice.objects.filter(doubtful=True).values_list("pk", flat=True)],
    "ids": [str(one) for one in Notice.objects.values_list("pk", flat=True)],
    "findings": list(Finding.objects.values_list("state", flat=True)),
    "steps": Step.objects.count(),
    "entries": LedgerEntry.objects.filter(action="notices.send").count(),
}))
"""


def python(environment: dict[str, str], code: str, *arguments: str) -> str:
    root = str(Path(__file__).parents[2])
    settings = environment | {"DJANGO_SETTINGS_MODULE": "tutela.config.settings"}
    settings["PYTHONPATH"] = os.pathsep.join(filter(None, (root, environment.get("PYTHONPATH", ""))))
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def environment(installation: Installation, tmp_path: Path) -> Iterator[dict[str, str]]:
    with installation(tmp_path / "home") as found:
        command = [sys.executable, "-m", "tutela", "people", "list"]  # makes the database
        subprocess.run(command, env=found, check=True, capture_output=True)
        python(found, FILL, str(NOTICES))
        yield found


def sender(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tutela", "notices", "send"]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )


def test_killed_while_sending_nothing_is_lost_and_doubles_are_marked(environment: dict[str, str]) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    taken: Counter[str] = Counter()
    enough = threading.Event()
    goal = [0]

    def take(mail: Any) -> str:
        """Take a mail; at the moment that was drawn, be slow, so that the kill comes while the server has the text."""
        taken[mail["Message-ID"].strip("<>").partition("@")[0]] += 1
        if sum(taken.values()) == goal[0]:
            enough.set()
            time.sleep(0.2)
        return "250 OK"

    with listening() as box:
        box.data = take
        settings = environment | {"TUTELA_SMTP": box.url, "TUTELA_MAILS_PER_MINUTE": "100000"}
        for _ in range(KILLS):
            goal[0] = sum(taken.values()) + chance.randint(1, NOTICES // (KILLS + 2))
            enough.clear()
            process = sender(settings)
            assert enough.wait(60), "it never came so far"
            time.sleep(chance.choice([0.0, 0.1, 0.25]))
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            python(settings, EXPIRE)
        goal[0] = -1
        both = [sender(settings), sender(settings)]  # two at once bring it to its end
        errors = [one.communicate(timeout=120)[1].decode() for one in both]
        assert [one.returncode for one in both] == [0, 0], errors

    found = json.loads(python(settings, COUNT))
    assert set(found["states"]) == {"sent"}
    assert len(found["ids"]) == NOTICES
    assert set(taken) == set(found["ids"]), "none is lost"
    doubles = {one for one, count in taken.items() if count > 1}
    assert doubles <= set(found["doubtful"]), "what came twice is marked"
    assert sum(taken.values()) <= NOTICES + KILLS
    assert len(found["doubtful"]) <= KILLS
    assert set(found["findings"]) == {"notified"}
    assert (found["steps"], found["entries"]) == (NOTICES, NOTICES)
