"""Processes that record are killed at random moments; nothing that was committed is lost and the ledger stays whole."""

import json
import random
import signal
import subprocess
import sys
import time

import pytest

SETUP = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", "ledger", verbosity=0)
"""
WRITER = """
import django; django.setup()
from django.db import transaction
from tutela.apps.ledger import actions
from tutela.core.actor import SYSTEM, Basis
print("ready", flush=True)
while True:
    with transaction.atomic():
        last = actions.record(
            action="test.act", object_type="thing", object_hash="a" * 64, by=SYSTEM, basis=Basis("example/mandate", "1")
        )
    print(last, flush=True)
"""
VERIFIER = """
import django; django.setup()
import json
from django.conf import settings
from tutela.apps.ledger import actions, queries
before = queries.verify(settings.TUTELA.home)
actions.seal()
print(json.dumps([before.as_dict(), queries.verify(settings.TUTELA.home).as_dict()]))
"""


@pytest.fixture
def run(environment, pytestconfig):
    variables = environment | {
        "DJANGO_SETTINGS_MODULE": "tutela.config.settings",
        "PYTHONPATH": str(pytestconfig.rootpath / "src"),
    }

    def start(code):
        return subprocess.Popen(
            [sys.executable, "-c", code], env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    return start


def finish(process):
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return out


def test_two_writers_killed_at_random_moments(run, home):
    home.mkdir()
    seed = time.time_ns()
    sys.stdout.write(f"seed {seed}\n")  # shown when the test fails
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    finish(run(SETUP))
    told = -1
    for _ in range(4):
        writers = [run(WRITER), run(WRITER)]
        for writer in writers:
            assert writer.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.0, 0.4))
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
        for writer in writers:
            lines = writer.communicate(timeout=60)[0].split("\n")[:-1]
            told = max([told, *map(int, lines)])
    before, after = json.loads(finish(run(VERIFIER)))
    assert before["ok"], before
    assert after["ok"], after
    assert after["size"] == after["checkpoint_size"] > told
    assert not after["warnings"]
