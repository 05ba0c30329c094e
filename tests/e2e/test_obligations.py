"""From the report of an organisation to a submission whose receipt anybody can check, in a real browser."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.console import Console, served, violations
from tests.e2e.test_story import PEOPLE, enter, in_care
from tests.flow import world
from tutela.core.law.facts import Type
from tutela.core.law.stating import ORGANISATION, statable
from tutela.engine.law import library

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.conftest import Installation
    from tests.e2e.console import Visitor

pytestmark = pytest.mark.slow

OFFICER, CONTACT, STRANGER = "officer@csirt.example", "incidents@bank.example", "incidents@clinic.example"
PEOPLE.update(
    {
        OFFICER: ("legal-officer",),
        CONTACT: ("organisation-contact", "--organisation", "bank"),
        STRANGER: ("organisation-contact", "--organisation", "clinic"),
    }
)
DISRUPTED = "Has it disrupted operations severely, or could it?"


@pytest.fixture(scope="module")
def console(
    browser: Browser, installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Console]:
    """A console with a bank and a clinic in which nothing has happened yet."""
    home = tmp_path_factory.mktemp("console") / "home"
    world.furnish(home)
    constituency = home / "constituency.json"
    constituency.write_text(json.dumps(in_care()))
    with installation(home) as environment, served(environment) as found:
        found.run("constituency", "import", str(constituency))
        yield found


def what_the_bank_is(home: Path) -> dict[str, str]:
    """Essential under NIS 2 and nothing else that any law of the library asks for."""
    known = {"country": "LU", "timezone": "Europe/Luxembourg"}
    for fact in statable(library(home), ORGANISATION):
        if fact.type is Type.YES_NO:
            known[fact.name] = "no"
        elif fact.type is not Type.CHOICE:
            known[fact.name] = "0"
    return known | {"org.nis2_class": "essential"}


def state(page: Page, place: str, facts: dict[str, str]) -> None:
    """State facts as a program does, with the session of a page."""
    cookies = {one["name"]: one["value"] for one in page.context.cookies()}
    base = page.url.split("/obligations/")[0]
    answer = page.request.post(
        f"{base}/api/v1/obligations/incidents/{place}/facts",
        data={"organisation": "bank", "facts": facts, "evidence": "their statute"},
        headers={"X-CSRFToken": cookies["csrftoken"], "Referer": base},
    )
    assert answer.status == 200, answer.text()


def report(contact: Page) -> None:
    """The bank says what happened, and since when it knows."""
    contact.goto("/incidents/")
    contact.get_by_role("link", name="Report an incident").click()
    contact.get_by_label("What happened, in a few words").fill("The payments stand still")
    aware = datetime.now(UTC) - timedelta(hours=2)
    contact.get_by_label("When you knew that it is an incident").fill(f"{aware:%Y-%m-%dT%H:%M}")
    contact.get_by_label("What is known, and what you need").fill("Since two hours nothing goes out.")
    assert violations(contact) == []
    contact.get_by_role("button", name="Report", exact=True).click()
    expect(contact.get_by_role("heading", level=1)).to_have_text("The payments stand still")


def ask(officer: Page, contact: Page, question: str) -> None:
    """The authority asks, the bank answers, in one timeline."""
    officer.get_by_label("Text", exact=True).fill(question)
    officer.get_by_label("For", exact=True).select_option("=bank")
    officer.get_by_role("button", name="Write").click()
    contact.reload()
    expect(contact.locator(".timeline")).to_contain_text(question)
    contact.get_by_label("To the authority").fill(f"An answer to: {question}")
    contact.get_by_role("button", name="Write").click()
    officer.reload()
    expect(officer.locator(".timeline")).to_contain_text(f"An answer to: {question}")


def hand_in(contact: Page) -> None:
    """The bank writes its early warning, and hands it in here."""
    contact.goto("/obligations/")
    expect(contact.locator("main")).to_contain_text("in 21 h")
    contact.get_by_role("link", name="Early warning").click()
    contact.locator("textarea").first.fill("We think that it is malicious.")
    contact.get_by_role("button", name="Save as a version").click()
    expect(contact.locator("main")).to_contain_text("version 1")
    contact.get_by_role("button", name="Hand in to the authority").click()
    expect(contact.locator(".what .badge").first).to_have_text("submitted")
    assert violations(contact) == []


def verified(contact: Page, console: Console, folder: Path) -> str:
    """What the stand-alone verifier says of the receipt and the text, as the bank saves them from its page."""
    receipt, text = folder / "it.tlog-proof", folder / "it.txt"
    for link, path in (("Receipt (.tlog-proof)", receipt), ("The text that it is about", text)):
        with contact.expect_download() as download:
            contact.get_by_role("link", name=link).click()
        download.value.save_as(path)
    assert b"We think that it is malicious." in text.read_bytes()
    key = console.run("ledger", "key").strip()
    return console.run("ledger", "verify", str(receipt), "--content", str(text), "--key", key)


def test_an_organisation_reports_answers_and_hands_in_and_the_receipt_is_true(visitor: Visitor, tmp_path: Path) -> None:
    officer, contact, stranger = (enter(visitor, address) for address in (OFFICER, CONTACT, STRANGER))

    # The bank reports what happened. The clinic hears nothing of it.
    report(contact)
    stranger.goto("/incidents/")
    assert "The payments stand still" not in stranger.locator("main").inner_text()

    # The authority asks two questions.
    officer.goto("/incidents/?waiting=yes")
    officer.get_by_role("link", name="The payments stand still").click()
    for question in ("Which systems?", "Since when exactly?"):
        ask(officer, contact, question)

    # What the bank is, is known; one answer about the incident decides, and its reports appear.
    officer.locator("main .actions").get_by_role("link", name="Obligations").click()
    place = officer.url.rsplit("/incident/", 1)[1].split("/")[0]
    state(officer, place, what_the_bank_is(Path(visitor.console.home)))
    officer.reload()
    expect(officer.locator("main")).not_to_contain_text("Early warning")
    officer.get_by_role("group", name=DISRUPTED).get_by_label("yes").check()
    officer.get_by_label("On what it rests").fill("their answer")
    officer.get_by_role("button", name="Answer").click()
    expect(officer.get_by_role("status")).to_contain_text("Early warning")
    assert violations(officer) == []

    # The clock runs once a person starts it. The report is handed in, and the authority owes its answer within a day.
    officer.get_by_role("button", name="Start the clock: Early warning").click()
    expect(officer.get_by_role("link", name="Early warning")).to_be_visible()
    hand_in(contact)
    officer.reload()
    expect(officer.locator("main")).to_contain_text("Answer to the entity")
    expect(officer.locator("main")).to_contain_text("in 23 h")

    # The receipt is true of exactly this text, for whoever has nothing of the house but its public key.
    assert "it.txt is what the entry speaks of" in verified(contact, visitor.console, tmp_path)

    # The same in Chinese, on a small screen.
    contact.set_viewport_size({"width": 390, "height": 800})
    contact.get_by_role("banner").locator("summary").nth(1).click()
    contact.locator("button[value='zh-hans']").click()
    expect(contact.locator("main")).to_contain_text("已提交")
    assert violations(contact) == []
