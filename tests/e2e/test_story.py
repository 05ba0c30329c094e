"""The way of a finding from report to proof, as the three people see it who have to do with it."""

from __future__ import annotations

import json
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.console import Console, served, sign_in
from tests.flow import world
from tests.mailserver import listening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.conftest import Installation
    from tests.e2e.console import Visitor
    from tests.mailserver import Mailbox

pytestmark = pytest.mark.slow

AT_THE_BANK, AT_THE_CLINIC = "192.0.2.1", "198.51.100.1"
ANALYST, BANK, CLINIC = "analyst@csirt.example", "contact@bank.example", "contact@clinic.example"
OTHER_BANK, OTHER_CLINIC = "second@bank.example", "second@clinic.example"
PEOPLE = {
    ANALYST: ("analyst",),
    BANK: ("organisation-contact", "--organisation", "bank"),
    CLINIC: ("organisation-contact", "--organisation", "clinic"),
    OTHER_BANK: ("organisation-contact", "--organisation", "bank"),
    OTHER_CLINIC: ("organisation-contact", "--organisation", "clinic"),
}


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    """A mail server, and all that came in there."""
    with listening() as box:
        yield box


@pytest.fixture(scope="module")
def console(
    browser: Browser, mailbox: Mailbox, installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Console]:
    """A console with a feed and two organisations, in which nothing came in yet; who has a contact is told at once."""
    home = tmp_path_factory.mktemp("console") / "home"
    world.furnish(home)
    (home / "feeds/sightings.yaml").write_text(world.FEED + "snapshot: true\n")  # a scan: what it does not show is gone
    constituency = home / "constituency.json"
    constituency.write_text(json.dumps(in_care()))
    (home / "notices.yaml").write_text("rules: [{name: all, schedule: at-once, contacts: [abuse]}]\n")
    with installation(home) as environment, served(environment | {"TUTELA_SMTP": mailbox.url}) as found:
        found.environment["TUTELA_URL"] = found.address
        found.run("constituency", "import", str(constituency))
        yield found


def enter(visitor: Visitor, address: str) -> Page:
    """Somebody is written down, follows their link, sets a password and signs in."""
    role, *more = PEOPLE[address]
    said = json.loads(visitor.console.run("people", "add", address, "--role", role, *more, "--json"))
    page = visitor.page()
    page.goto(urlsplit(said["link"]).path)
    password = secrets.token_urlsafe()
    page.get_by_label("New password", exact=True).fill(password)
    page.get_by_label("New password confirmation").fill(password)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("status")).to_have_text("Your password is set. Sign in with it.")
    sign_in(page, address, password)
    return page


def deliver(console: Console, *addresses: str) -> None:
    """A whole report that shows these addresses as of this moment."""
    now = datetime.now(UTC)
    path = Path(console.home).parent / f"sightings-{now:%Y-%m-%d-%H%M%S-%f}.csv"
    lines = [f"{now.isoformat()},{address},80,mirai,n\n" for address in addresses]
    path.write_text(world.HEADER + "".join(lines))
    console.run("ingest", "--feed", "sightings", str(path))


def in_care() -> dict[str, object]:
    """The bank and the clinic, each with somebody to tell."""
    organisations = [
        one | {"contacts": [{"role": "abuse", "email": f"abuse@{one['id']}.example"}]}
        for one in world.CONSTITUENCY["organisations"]
    ]
    return {"organisations": organisations}


def letters_to(mailbox: Mailbox, organisation: str) -> list[str]:
    """The texts of the mails that an organisation got, the first first."""
    mine = [mail for mail in mailbox.mails if f"abuse@{organisation}.example" in mail["To"]]
    return [next(iter(mail.iter_parts())).get_content() for mail in mine]


def shown(page: Page) -> set[str]:
    """The assets in somebody's list of findings."""
    page.goto("/findings/")
    return set(page.locator("tbody td:has(input) + td").all_inner_texts())


def open_finding(page: Page, asset: str) -> str:
    """Open a finding from the list; its address."""
    page.goto("/findings/")
    page.get_by_role("link", name=asset, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(asset)
    return page.url


def expect_state(page: Page, state: str) -> None:
    page.reload()
    expect(page.locator(".what .badge")).to_have_text(state)


def test_a_finding_is_told_claimed_fixed_proven_closed_and_opened_again_when_it_is_seen(
    visitor: Visitor, mailbox: Mailbox
) -> None:
    console = visitor.console
    analyst, bank, clinic = (enter(visitor, address) for address in (ANALYST, BANK, CLINIC))
    expect(analyst.get_by_role("heading", level=1)).to_have_text("Situation")

    # A report comes in: the analyst sees all of it, each organisation its own.
    deliver(console, AT_THE_BANK, AT_THE_CLINIC)
    assert shown(analyst) == {AT_THE_BANK, AT_THE_CLINIC}
    assert shown(bank) == {AT_THE_BANK}
    assert shown(clinic) == {AT_THE_CLINIC}
    open_finding(analyst, AT_THE_BANK)
    expect_state(analyst, "new")

    # The bank is told by mail of what is its own, and of nothing else.
    console.run("notices", "send")
    (letter,) = letters_to(mailbox, "bank")
    assert AT_THE_BANK in letter
    assert AT_THE_CLINIC not in letter
    expect_state(analyst, "notified")
    analyst.locator(".timeline").get_by_role("link", name="notice").click()
    expect(analyst.locator(".letter")).to_contain_text(AT_THE_BANK)
    open_finding(analyst, AT_THE_BANK)

    # Who reads the mail follows its link, without an account, and says that it is fixed. That is a claim, no more.
    (link,) = re.findall(r"fixed:\s+(http\S+)", letter)
    reader = visitor.page()
    reader.goto(urlsplit(link).path)
    open_finding(bank, AT_THE_BANK)
    expect_state(bank, "notified")  # to open it says nothing yet: mail programs do so by themselves
    reader.get_by_role("button", name="Claim fixed").click()
    expect(reader.get_by_role("status")).to_have_text("Thank you. 1 finding took the step.")
    expect_state(bank, "claimed fixed")
    expect_state(analyst, "claimed fixed")
    expect(analyst.locator(".timeline")).to_contain_text("abuse@bank.example said that it is fixed")

    # The feed looks again and does not show it: proof.
    deliver(console, AT_THE_CLINIC)
    for page in (bank, analyst):
        expect_state(page, "verified closed")
        expect(page.get_by_role("heading", name="What proved it closed")).to_be_visible()
        evidence = page.get_by_role("region", name="Reports as evidence").locator("tbody tr")
        expect(evidence.first).to_contain_text("looked and did not show it")
        expect(page.locator(".timeline")).to_contain_text("Tutela closed it, with proof")
        expect(page.locator(".timeline")).to_contain_text("1 report as evidence")
        expect(page.get_by_role("button", name="Claim fixed")).to_have_count(0)

    # The feed shows it again: the proof no longer holds.
    deliver(console, AT_THE_BANK, AT_THE_CLINIC)
    for page in (bank, analyst):
        expect_state(page, "reopened")
        expect(page.locator(".timeline")).to_contain_text("Tutela opened it again: it was seen")
        expect(page.get_by_role("button", name="Claim fixed")).to_be_visible()

    # And the bank hears of it again; what it knows of is not told twice.
    console.run("notices", "send")
    console.run("notices", "send")
    assert len(letters_to(mailbox, "bank")) == 2
    expect_state(analyst, "notified")
    with bank.expect_navigation():
        bank.get_by_role("button", name="Acknowledge").click()
    expect_state(analyst, "acknowledged")
    expect(analyst.locator(".timeline")).to_contain_text(f"{BANK} acknowledged it")


def test_an_organisation_learns_nothing_of_another(visitor: Visitor) -> None:
    console = visitor.console
    bank, clinic = enter(visitor, OTHER_BANK), enter(visitor, OTHER_CLINIC)
    deliver(console, AT_THE_BANK, AT_THE_CLINIC)
    finding = open_finding(clinic, AT_THE_CLINIC)
    clinic.get_by_role("link", name="Clinic").first.click()
    organisation = clinic.url

    visitor.watch.expected.add(404)
    for page in (finding, organisation):
        answer = bank.goto(page)
        assert answer is not None
        assert answer.status == 404
        expect(bank.get_by_role("heading", level=1)).to_have_text("There is no such page")
    assert AT_THE_CLINIC not in shown(bank)
    for question in (AT_THE_CLINIC, "198.51.100.0/24", "Clinic", finding.rstrip("/").rpartition("/")[2]):
        bank.goto(f"/search/?q={question}")
        expect(bank.locator("main")).to_contain_text("Nothing was found")
    for address in ("/", "/findings/?network=198.51.100.0/24", "/organisations/"):
        bank.goto(address)
        expect(bank.locator("main")).not_to_contain_text(re.compile(f"Clinic|{re.escape(AT_THE_CLINIC)}"))
    visitor.watch.expected.add(403)
    for address in ("/feeds/", "/ledger/", "/people/"):
        bank.goto(address)
        expect(bank.get_by_role("heading", level=1)).to_have_text("Not for your role")
