"""Every page in a real browser: for everybody's eyes and hands, on any screen, without help from elsewhere."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.console import LOOKED_AT_ONCE, overflow, run, violations
from tests.mailserver import listening
from tutela.core.rights import Role

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.e2e.console import Console, Visitor

pytestmark = LOOKED_AT_ONCE

WELCOME = "a link to set a password"
ANSWER = "a link to answer a notice"


@dataclass(frozen=True)
class Place:
    """A page: its address, the links that lead on from there, what its heading says, and who looks at it."""

    address: str
    heading: str = ""
    through: tuple[str, ...] = ()
    role: Role | None = Role.ADMINISTRATOR
    status: int = 200


POLICY = {  # the order in which they come is not ours to say
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
OPEN, CLOSE = "(one) => { one.open = true }", "(one) => { one.open = false }"
HANDLERS = """() => [...document.querySelectorAll("*")].flatMap(
    (one) => one.getAttributeNames().filter((name) => name.startsWith("on")))"""
MOST_MENUS = 6
ROW = "table[data-rows] tbody a"
LAW = "main a:has-text('What binds it')"
CERTIFICATES = "main a:has-text('Certificates')"
DUTIES = "main .actions a:has-text('Obligations')"
PLACES = {
    "situation": Place("/", "Situation"),
    "findings": Place("/findings/", "Findings", role=Role.ANALYST),
    "findings-filtered": Place("/findings/?state=open&severity=3&network=192.0.2.0/24&sort=-last_seen", "Findings"),
    "findings-wrongly-filtered": Place("/findings/?network=nothing&severity=99", "Findings"),
    "findings-without-a-hit": Place("/findings/?text=nothing-of-this-name", "Findings"),
    "finding": Place("/findings/", through=(ROW,), role=Role.ANALYST),
    "finding-of-mine": Place("/findings/", through=(ROW,), role=Role.MANAGER),
    "incidents": Place("/incidents/", "Incidents", role=Role.ANALYST),
    "incidents-of-mine": Place("/incidents/", "Incidents", role=Role.MANAGER),
    "incident": Place("/incidents/", through=(ROW,), role=Role.ANALYST),
    "incident-of-mine": Place("/incidents/", through=(ROW,), role=Role.MANAGER),
    "incident-closed": Place("/incidents/?state=closed", through=(ROW,), role=Role.ANALYST),
    "incident-report": Place("/incidents/report/", "Report an incident", role=Role.CONTACT),
    "incident-reported": Place("/incidents/?text=portal", through=(ROW,), role=Role.CONTACT),
    "incident-reported-to-us": Place("/incidents/?waiting=yes", through=(ROW,), role=Role.ANALYST),
    "incident-new": Place("/incidents/new/", "Open an incident", role=Role.ANALYST),
    "obligations": Place("/obligations/", "Obligations", role=Role.LEGAL_OFFICER),
    "obligations-of-mine": Place("/obligations/", "Obligations", role=Role.MANAGER),
    "obligation": Place("/obligations/?state=running", through=(ROW,), role=Role.LEGAL_OFFICER),
    "obligation-of-mine": Place("/obligations/?state=running", through=(ROW,), role=Role.MANAGER),
    "obligation-submitted": Place("/obligations/?state=submitted", through=(ROW,), role=Role.LEGAL_OFFICER),
    "obligation-printed": Place(
        "/obligations/?state=submitted", through=(ROW, "main a:has-text('Print')"), role=Role.LEGAL_OFFICER
    ),
    "incident-obligations": Place(
        "/incidents/?text=botnet", "Obligations", through=(ROW, DUTIES), role=Role.LEGAL_OFFICER
    ),
    "incident-obligations-of-mine": Place(
        "/incidents/?text=botnet", "Obligations", through=(ROW, DUTIES), role=Role.MANAGER
    ),
    "organisations": Place("/organisations/", "Organisations"),
    "organisation": Place("/organisations/?text=hospital", through=(ROW,)),
    "certificates": Place("/organisations/?text=hospital", through=(ROW, CERTIFICATES), role=Role.ANALYST),
    "organisation-law": Place("/organisations/?text=savings", through=(ROW, LAW), role=Role.LEGAL_OFFICER),
    "organisation-law-unknown": Place("/organisations/?text=hospital", through=(ROW, LAW), role=Role.AUDITOR),
    "organisation-law-of-mine": Place("/organisations/?text=government", through=(ROW, LAW), role=Role.MANAGER),
    "laws": Place("/laws/", "Laws"),
    "laws-without-a-hit": Place("/laws/?text=nothing-of-this-name", "Laws"),
    "law": Place("/laws/eu.nis2.art23/", "Directive (EU) 2022/2555 (NIS 2)"),
    "law-unverified": Place("/laws/us.hipaa.breach/", role=Role.LEGAL_OFFICER),
    "law-changes": Place("/laws/changes/", "What changes when"),
    "notices": Place("/notices/", "Notices"),
    "notices-of-mine": Place("/notices/", "Notices", role=Role.MANAGER),
    "notice": Place("/notices/", through=(ROW,)),
    "notices-preview": Place("/notices/preview/", "Who is told next"),
    "notice-answer": Place(ANSWER, "Acknowledge", role=None),
    "notice-answer-over": Place("/notices/answer/nobody-made-this/", "This link is over", role=None, status=404),
    "correspondence": Place("/correspondence/", "Correspondence", role=Role.ANALYST),
    "correspondence-of-mine": Place("/correspondence/", "Correspondence", role=Role.MANAGER),
    "message-to-assign": Place("/correspondence/?state=waiting", through=(ROW,), role=Role.ANALYST),
    "message": Place("/correspondence/?state=assigned", through=(ROW,), role=Role.ANALYST),
    "confirm-over": Place("/organisations/confirm/nobody-made-this/", "This link is over", role=None, status=404),
    "feeds": Place("/feeds/", "Feeds"),
    "feed": Place("/feeds/", through=(ROW,)),
    "report": Place("/feeds/", through=(ROW, ROW)),
    "report-with-quarantine": Place("/feeds/", through=("a[href*='trouble=quarantined']", ROW)),
    "search": Place("/search/", "Search"),
    "search-with-hits": Place("/search/?q=192.0.2.10", "Search: 192.0.2.10"),
    "search-without-hits": Place("/search/?q=nothing-of-this-name", "Search: nothing-of-this-name"),
    "ledger": Place("/ledger/", "Ledger"),
    "ledger-verified": Place("/ledger/", "The ledger is whole", through=("main button:has-text('Verify')",)),
    "people": Place("/people/", "People"),
    "person": Place("/people/", through=(ROW,)),
    "add-person": Place("/people/add/", "Add a person"),
    "me": Place("/people/me/", "My account"),
    "sign-in": Place("/account/login/", "Sign in", role=None),
    "welcome": Place(WELCOME, "Welcome", role=None),
    "welcome-over": Place("/people/welcome/nobody-made-this/", "This link is over", role=None, status=404),
    "no-such-page": Place("/nowhere/", "There is no such page", status=404),
    "not-for-your-role": Place("/people/", "Not for your role", role=Role.CONTACT, status=403),
    "factors": Place("/account/factors/"),
    "factor-totp": Place("/account/factors/totp/activate/"),
    "factor-passkey": Place("/account/factors/webauthn/add/"),
    "sessions": Place("/account/sessions/", "Sessions"),
    "password": Place("/account/password/"),
    "reauthenticate": Place("/account/reauthenticate/"),
    "signed-out": Place("/account/logout/"),
}


@pytest.fixture(scope="module")
def welcome(console: Console) -> str:
    """The address of a link that was not used yet."""
    said = console.run("people", "add", "new@csirt.example", "--role", "analyst", "--json")
    return urlsplit(json.loads(said)["link"]).path


@pytest.fixture(scope="module")
def answer(console: Console) -> str:
    """The address of a link in a notice, as its reader has it."""
    with listening() as box:
        run(console.environment | {"TUTELA_SMTP": box.url}, "notices", "send", "--json")
        text = next(iter(box.mails[0].iter_parts())).get_content()
    return urlsplit(re.findall(r"https?://\S+/notices/answer/\S+", text)[0]).path


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest) -> Place:
    """Each page in turn."""
    found = PLACES[request.param]
    links = {WELCOME: "welcome", ANSWER: "answer"}
    if found.address not in links:
        return found
    return Place(request.getfixturevalue(links[found.address]), found.heading, role=None)


def policy(header: str) -> dict[str, str]:
    """What a page may load and where it may send, one entry for each directive."""
    parts = (part.strip().partition(" ") for part in header.split(";"))
    return {name: value for name, _, value in parts}


def menus(page: Page, where: str) -> list[Locator]:
    """What opens there; of the many alike in a table the first ones stand for all."""
    return page.locator(f"{where} details:has(> summary:visible)").all()[:MOST_MENUS]


def visit(page: Page, place: Place, visitor: Visitor) -> None:
    """Go to a page, and see that it is the one that was meant."""
    visitor.watch.expected.add(place.status)
    answer = page.goto(place.address)
    assert answer is not None
    for selector in place.through:
        with page.expect_navigation() as navigation:
            page.locator(selector).first.click()
        answer = navigation.value
    assert answer.status == place.status
    assert policy(answer.header_value("content-security-policy") or "") == POLICY
    expect(page.locator("h1")).to_have_count(1)
    if place.heading:
        expect(page.locator("h1")).to_have_text(place.heading)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_can_be_used_by_everybody(place: Place, scheme: str, visitor: Visitor) -> None:
    page = visitor.page(place.role, color_scheme=scheme)
    visit(page, place, visitor)
    assert violations(page) == []
    for menu in menus(page, "main"):
        menu.evaluate(OPEN)
        assert violations(page) == [], menu.inner_text()
        menu.evaluate(CLOSE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_menus_and_the_help_can_be_used_by_everybody(scheme: str, visitor: Visitor) -> None:
    page = visitor.page(Role.ANALYST, color_scheme=scheme)
    page.goto("/")
    for menu in menus(page, "header"):
        menu.evaluate(OPEN)
        assert violations(page) == [], menu.inner_text()
        menu.evaluate(CLOSE)
    page.get_by_role("button", name="Keys").click()
    assert violations(page) == []


def test_a_page_brings_no_style_and_no_script_of_its_own(place: Place, visitor: Visitor) -> None:
    page = visitor.page(place.role)
    visit(page, place, visitor)
    assert page.locator("style, [style]").count() == 0
    assert page.locator("script:not([src]):not([type='application/json'])").count() == 0
    assert page.evaluate(HANDLERS) == []


def test_a_page_fits_a_narrow_screen(place: Place, visitor: Visitor) -> None:
    page = visitor.page(place.role, viewport={"width": 380, "height": 740})
    visit(page, place, visitor)
    assert overflow(page) <= 0
    for menu in [*menus(page, "header"), *menus(page, "main")]:
        menu.evaluate(OPEN)
        assert overflow(page) <= 0, menu.inner_text()
        menu.evaluate(CLOSE)


class TestWithoutScripts:
    """What a page needs a script for, it does not need."""

    @pytest.fixture
    def page(self, visitor: Visitor) -> Page:
        return visitor.page(Role.ANALYST, java_script_enabled=False)

    def test_the_list_is_narrowed_down_and_widened_again(self, page: Page) -> None:
        page.goto("/findings/")
        page.get_by_label("Severity at least").select_option("high")
        page.get_by_label("Address or prefix").fill("192.0.2.0/24")
        page.get_by_role("button", name="Show").click()
        expect(page).to_have_url(re.compile(r"severity=4&.*network=192\.0\.2\.0%2F24"))
        assert all(text.startswith("192.0.2.") for text in page.locator("tbody td.is-code a").all_inner_texts())
        assert set(page.locator("tbody .severity").all_inner_texts()) <= {"high", "critical"}
        page.locator(".chip", has_text="192.0.2.0/24").click()
        expect(page.locator(".chip")).to_have_count(1)

    def test_a_filter_that_cannot_be_says_so_beside_it(self, page: Page) -> None:
        page.goto("/findings/?network=nothing")
        field = page.get_by_label("Address or prefix")
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(page.locator(f"#{field.get_attribute('aria-describedby')}")).not_to_be_empty()

    def test_one_turns_the_pages_of_the_list_forth_and_back(self, page: Page) -> None:
        page.goto("/findings/")
        first = page.locator(ROW).first.get_attribute("href")
        page.get_by_role("link", name="Next").click()
        assert page.locator("tbody tr").count() > 0
        assert page.locator(ROW).first.get_attribute("href") != first
        page.get_by_role("link", name="Before").click()
        assert page.locator(ROW).first.get_attribute("href") == first

    def test_a_finding_is_claimed_fixed(self, page: Page) -> None:
        page.goto("/findings/?state=new")
        page.locator(ROW).first.click()
        page.get_by_role("button", name="Claim fixed").click()
        expect(page.get_by_role("status")).to_have_text("1 finding took the step.")
        expect(page.locator(".what")).to_contain_text("claimed fixed")
        expect(page.locator(".timeline")).to_contain_text("analyst@csirt.example said that it is fixed")

    def test_many_findings_are_acknowledged_at_once(self, page: Page) -> None:
        page.goto("/findings/?state=new")
        for box in page.locator("tbody input[type=checkbox]").all()[:3]:
            box.check()
        page.get_by_text("With the chosen…").click()
        page.get_by_label("Step").select_option("Acknowledge")
        page.get_by_role("button", name="Do it").click()
        expect(page.get_by_role("status")).to_have_text("3 findings took the step.")
        expect(page).to_have_url(re.compile("state=new$"))


class TestByKeyboard:
    """Whoever has no mouse, or no hand free for it."""

    @pytest.fixture
    def page(self, visitor: Visitor) -> Page:
        page = visitor.page(Role.ANALYST)
        page.goto("/findings/")
        return page

    def test_a_stroke_goes_to_the_search_which_then_takes_every_letter(self, page: Page) -> None:
        page.keyboard.press("/")
        expect(page.get_by_label("Search", exact=True)).to_be_focused()
        page.keyboard.type("j?x192.0.2.10")
        expect(page.get_by_label("Search", exact=True)).to_have_value("j?x192.0.2.10")

    def test_j_and_k_go_through_the_rows_and_enter_opens_one(self, page: Page) -> None:
        rows = page.locator("tbody tr")
        for key, current in [("j", 0), ("j", 1), ("j", 2), ("k", 1)]:
            page.keyboard.press(key)
            expect(rows.nth(current)).to_have_class("is-current")
        expect(page.locator(".is-current")).to_have_count(1)
        page.keyboard.press("x")
        expect(rows.nth(1).get_by_role("checkbox")).to_be_checked()
        wanted = rows.nth(1).locator("a").first.get_attribute("href")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(f"{wanted}$"))

    def test_a_question_mark_shows_the_keys_and_escape_hides_them(self, page: Page) -> None:
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()

    def test_the_first_tab_leads_past_the_navigation(self, page: Page) -> None:
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()

    def test_a_menu_opens_by_enter_and_closes_by_escape(self, page: Page) -> None:
        menu = page.locator("header summary", has_text="My account")
        menu.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
        expect(menu).to_be_focused()


def test_the_look_that_was_chosen_stays(visitor: Visitor) -> None:
    page = visitor.page(Role.ANALYST, color_scheme="light")
    page.goto("/")
    page.locator("header summary", has_text="Look").click()
    page.get_by_role("button", name="Dark").click()
    page.goto("/findings/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
