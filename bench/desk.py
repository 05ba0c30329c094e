"""How long pages of the console take over many findings of ten thousand organisations, and how many queries they ask.

    ./run python bench/desk.py [--findings 1000000] [--home FOLDER]

Makes an installation of its own, fills its database (no report is read), measures the day, and asks each page again and
again through Django, without a network between. Prints for each page the median and the longest time in milliseconds
and the number of SQL queries. The target is 150 ms, and 15 queries. A home that is filled already is used as it is.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

SEVERITIES = (0, 1, 2, 3, 3, 4, 5)
TYPES = ("infected-system", "vulnerable-system", "ddos-amplifier", "brute-force", "scanner", "phishing")
STATES = ("new", "new", "new", "acknowledged", "claimed", "closed", "reopened", "accepted_risk")
PAGES = {
    "situation": "/",
    "findings": "/findings/",
    "findings, open": "/findings/?state=open",
    "findings, severe": "/findings/?severity=4&state=open",
    "findings, one type": "/findings/?type=brute-force",
    "findings, latest": "/findings/?sort=last_seen",
    "findings, oldest open": "/findings/?sort=first_seen&state=open",
    "findings, by organisation": "/findings/?sort=organisation",
    "findings, one organisation": "/findings/?below=org-00042",
    "findings, one branch": "/findings/?below=org-00001&state=open",
    "findings, one sector": "/findings/?sector=sector-3&state=open",
    "findings, one prefix": "/findings/?network=198.18.0.0/24",
    "findings, one CVE": "/findings/?cve=CVE-2024-1234",
    "findings, text that is rare": "/findings/?text=needle",
    "findings, text that is common": "/findings/?text=brute",
    "findings, seen this week": "/findings/?since=7&state=open",
    "findings, one feed": "/findings/?feed=feed-2",
    "organisations": "/organisations/",
    "organisations, by name": "/organisations/?text=name+4242",
    "search, address": "/search/?q=198.18.0.77",
    "search, words": "/search/?q=name+4242",
    "interface": "/api/v1/findings?state=open",
}
TIMES = 15
ORGANISATIONS = 10_000
TOPS = 100
BATCH = 5_000
RARE, FLAWED = 100_000, 10_000  # one finding in so many holds a rare word, or the number of a flaw


def main() -> None:
    """Make the world, ask the pages, print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--findings", type=int, default=1_000_000)
    options.add_argument("--home", type=Path)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = given.home or Path(folder)
        os.environ["TUTELA_HOME"] = str(home)
        from tutela.config.boot import boot  # noqa: PLC0415 - the home must be named first

        boot()
        from tutela.apps.findings.models import Finding  # noqa: PLC0415 - as above

        if not Finding.objects.exists():
            fill(given.findings)
        measure_all(given.findings)


def fill(count: int) -> None:
    """Ten thousand organisations in a tree, and findings spread over them."""
    from tutela.apps.constituency.models import Organisation  # noqa: PLC0415 - as in main
    from tutela.apps.people.models import User  # noqa: PLC0415 - as in main
    from tutela.apps.situation.actions import measure  # noqa: PLC0415 - as in main
    from tutela.core.actor import SYSTEM, Basis  # noqa: PLC0415 - as in main

    now = datetime.now(UTC)
    organisations = []
    for number in range(ORGANISATIONS):
        top = number % TOPS
        name, above = f"org-{number:05d}", f"org-{top:05d}"
        is_top = number == top
        organisations.append(
            Organisation(
                global_id=name,
                names={"en": f"Name {number}"},
                parent_id=None if is_top else above,
                path=f"/{name}/" if is_top else f"/{above}/{name}/",
                sector=f"sector-{number % 12}",
                words=f"{name} name {number}",
                imported=now,
            )
        )
    Organisation.objects.bulk_create(organisations, batch_size=500)
    fill_findings(count, now)
    User.objects.create(email="head@example.org", role="head")
    measure(now=now, by=SYSTEM, basis=Basis("mandate", "1"))


def fill_findings(count: int, now: datetime) -> None:
    """Findings of many shapes; one in a hundred thousand holds a rare word, one in ten thousand a number of a flaw."""
    from uuid import UUID  # noqa: PLC0415 - as in main

    from tutela.apps.findings.models import Finding  # noqa: PLC0415 - as in main

    batch = []
    for number in range(count):
        scattered = number * 2_654_435_761 % 2**32
        seen = now - timedelta(minutes=scattered % 200_000)
        feed = f"feed-{number % 5}"
        address = 0xC6120000 + number % 131_072
        batch.append(
            Finding(
                organisation=f"org-{scattered % ORGANISATIONS:05d}",
                fingerprint=UUID(int=number),
                recipe=1,
                observer=feed,
                asset_type="address",
                asset_key=f"198.{18 + (address >> 16 & 1)}.{address >> 8 & 255}.{address & 255}",
                asset_first=f"{0xFFFF << 32 | address:032x}",
                classification_type=TYPES[scattered % len(TYPES)],
                malware_name="needle" if not number % RARE else "",
                vulnerabilities="CVE-2024-1234" if not number % FLAWED else "",
                severity=SEVERITIES[scattered % len(SEVERITIES)],
                state=STATES[scattered // 7 % len(STATES)],
                first_seen=seen - timedelta(days=scattered % 60),
                last_seen=seen,
                last_reported=seen,
                last_observer=feed,
                changed=seen,
                opened=seen,
                events=1 + scattered % 50,
            )
        )
        if len(batch) == BATCH:
            Finding.objects.bulk_create(batch)
            batch = []
    Finding.objects.bulk_create(batch)


def measure_all(count: int) -> None:
    """Ask each page often, and a page deep in the list, and print what it took."""
    from django.conf import settings  # noqa: PLC0415 - as in main
    from django.db import connection  # noqa: PLC0415 - as in main
    from django.test import Client  # noqa: PLC0415 - as in main
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 - as in main

    from tutela.apps.people.models import User  # noqa: PLC0415 - as in main

    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    if connection.vendor == "sqlite":  # as the worker does
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 1000")
            cursor.execute("ANALYZE")
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get())
    print(f"{count:,} findings, {connection.vendor}")
    print(f"{'page':<30} {'median':>8} {'longest':>8} {'queries':>8}")
    for name, address in PAGES.items():
        connection.ensure_connection()
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address)
        queries = max(len(asked), len(connection.queries_log))  # a request begins the log anew
        if answer.status_code != 200:  # noqa: PLR2004 - the code for a page that was given
            raise SystemExit(f"{address} answered {answer.status_code}")
        took = []
        for _ in range(TIMES):
            begun = time.perf_counter()
            client.get(address)
            took.append(1000 * (time.perf_counter() - begun))
        print(f"{name:<30} {statistics.median(took):>8.0f} {max(took):>8.0f} {queries:>8}", flush=True)


if __name__ == "__main__":
    main()
