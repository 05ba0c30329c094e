"""Who may go where: each address for each role, compared with one table in ``rights.yaml``.

In the table stands the status of the answer for each address, method and role. Where something has an id, there is one
for each place at which it can be, as somebody of the bank sees it (``tests/config/tree.py``): their own organisation, a
child, a sibling and a parent of it, and nowhere at all. ``pytest tests/config/write_rights.py`` puts down how it is
now; whether it ought to be so, ``core/rights.py`` says and a person decides.
"""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import pytest
import yaml
from django.db import transaction
from django.test import Client

from tests.config.addresses import Address, every
from tests.config.tree import ADDRESSES, FEED, PLACES, Tree, mark
from tutela.apps.constituency.queries import confirm_token
from tutela.apps.notices.queries import answer_token
from tutela.core.findings.life import Act
from tutela.core.rights import AUTHORITY, RIGHTS, Right, Role

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

FILE: Final = Path(__file__).with_name("rights.yaml")
NOBODY: Final = "anonymous"
WHO: Final = (NOBODY, *(role.value for role in Role))
WHERE: Final = (*PLACES, "nowhere")
METHODS: Final = ("GET", "POST")
ABSENT: Final = UUID("00000000-0000-4000-8000-000000000000")
OF_LIBRARIES: Final = {"mfa_remove_webauthn", "mfa_edit_webauthn"}
"""allauth counts passkeys, and looks for a number among those of who asks alone."""
OF_AN_OBLIGATION: Final = (
    "obligation",
    "report-of-obligation",
    "api:obligation",
    "api:drafts",
    "api:approval",
    "api:submission",
    "api:submission-receipt",
    "api:clock",
    "api:stopped",
    "api:taken-back",
)
OF_AN_INCIDENT: Final = ("incident-obligations", "api:assessment", "api:facts", "api:incident-steps")
LAW: Final = "eu.dora.art19"
Answers = dict[str, dict[str, Any]]


@cache
def table() -> dict[str, dict[str, Answers]]:
    loaded: dict[str, dict[str, Answers]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def tree(pages: None) -> Tree:
    return Tree()


def things(tree: Tree, who: str) -> dict[str, Callable[[str], object]]:
    """For each address with an id, the id of what is at a place."""
    user = tree.people[Role(who)] if who != NOBODY else tree.person(Role.ANALYST)
    people = {**tree.members, "own": user}
    return {
        "finding": lambda place: tree.finding(PLACES[place]).pk,
        "api:finding": lambda place: tree.finding(PLACES[place]).pk,
        "api:steps": lambda place: tree.finding(PLACES[place]).pk,
        "notice": lambda place: tree.notice(PLACES[place]).pk,
        "api:step-receipt": lambda place: tree.finding(PLACES[place]).pk,
        "api:step-statement": lambda place: tree.finding(PLACES[place]).pk,
        "api:notice-receipt": lambda place: tree.notice(PLACES[place]).pk,
        "notice-in-clear": lambda place: tree.notice(PLACES[place]).pk,
        "confirm-contact": lambda _place: confirm_token(tree.question()),
        "answer-notice": lambda _place: answer_token(tree.notice("bank").pk, Act.ACKNOWLEDGE),
        "api:incident": lambda place: tree.incident(PLACES[place]).pk,
        "api:entries": lambda place: tree.incident(PLACES[place]).pk,
        "incident": lambda place: tree.incident(PLACES[place]).pk,
        "message": lambda place: tree.message(PLACES[place]).pk,
        "message-original": lambda place: tree.message(PLACES[place]).pk,
        "message-file": lambda place: tree.message(PLACES[place]).files.get().pk,
        "attachment": lambda place: tree.incident(PLACES[place]).attachments.get().pk,
        **dict.fromkeys(OF_AN_OBLIGATION, lambda place: tree.obligation(PLACES[place]).pk),
        **dict.fromkeys(OF_AN_INCIDENT, lambda place: tree.incident(PLACES[place]).pk),
        "calendar": lambda _place: tree.token(tree.members["own"], Right.SEE_OBLIGATIONS)[1],
        "organisation": lambda place: tree.organisation(PLACES[place]).pk,
        "certificates": lambda place: tree.organisation(PLACES[place]).pk,
        "person": lambda place: tree.members[place].pk,
        "mfa_remove_webauthn": lambda place: tree.key(people[place]).pk,
        "mfa_edit_webauthn": lambda place: tree.key(people[place]).pk,
        "report": lambda _place: tree.report.pk,
        "feed": lambda _place: FEED,
        "organisation-law": lambda place: tree.organisation(PLACES[place]).pk,
        "api:organisation-law": lambda place: tree.organisation(PLACES[place]).pk,
        "api:statements": lambda place: tree.organisation(PLACES[place]).pk,
        "api:law": lambda _place: LAW,
        "api:confirmations": lambda _place: LAW,
        "law": lambda _place: LAW,
        # nothing is committed here, so nothing is signed and there is no tile: tests/apps/ledger/test_tiles.py has them
        "ledger-tile": lambda _place: "0/000.p/1",
        "welcome": lambda _place: tree.invitation(tree.members["own"]),
    }


OF_THE_PEOPLE: Final = (
    "finding",
    "api:finding",
    "incident",
    "organisation",
    "organisation-law",
    "api:organisation-law",
    "notice",
    "message",
)
"""What people of an organisation see of their own."""

OF_THE_HOUSE: Final = {
    *("report", "feed", "law", "welcome", "no-operation", "answer-notice", "calendar", "ledger-tile"),
    *("confirm-contact", "api:law", "api:confirmations"),
}
"""What is of no organisation: it is there or not."""
NOWHERE: Final = {
    "no-operation": "v1/nothing",
    "feed": "no-such-feed",
    **dict.fromkeys(("law", "api:law", "api:confirmations"), "no.such.law"),
    "welcome": "no-such-secret",
    "calendar": "no-such-secret",
    "answer-notice": "no-such-token",
    "confirm-contact": "no-such-token",
    "ledger-tile": "7/000",
    **dict.fromkeys(OF_LIBRARIES, 2**31 - 1),
}


def places_of(address: Address) -> tuple[str, ...]:
    if not address.kinds:
        return ()
    if address.name == "no-operation":
        return ("nowhere",)
    return ("there", "nowhere") if address.name in OF_THE_HOUSE else WHERE


def client_of(tree: Tree, who: str) -> Client:
    client = Client(raise_request_exception=False)
    if who != NOBODY:
        user = tree.people[Role(who)]
        client.force_login(user)
        session = client.session  # as after the password was given once more: nobody is asked for it again
        given = {"method": "password", "at": time.time(), "reauthenticated": True}
        session.update({"account_authentication_methods": [given], "account_authentication_methods_user": str(user.pk)})
        session.save()
    return client


def ask(tree: Tree, who: str, method: str, address: Address, place: str = "") -> Any:
    """One answer; what the request did is undone, and each has a session of its own."""
    part: list[object] = []
    with transaction.atomic():
        if place:
            part = [NOWHERE.get(address.name, ABSENT) if place == "nowhere" else things(tree, who)[address.name](place)]
        answer = client_of(tree, who).generic(method, address.url(*part))
        if answer.streaming:
            b"".join(answer)  # to its end, which closes it
        transaction.set_rollback(True)
    return answer


def answers(tree: Tree, who: str, method: str) -> dict[str, Any]:
    """The status of each address for somebody; one for each place where something has an id."""
    found: dict[str, Any] = {}
    for address in every():
        places = places_of(address)
        statuses = {place: ask(tree, who, method, address, place).status_code for place in places}
        found[address.name] = statuses or ask(tree, who, method, address).status_code
    return found


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    names = [address.name for address in every()]
    assert len(names) == len(set(names)), "a name leads to one address"
    for method in METHODS:
        assert set(table()[method]) == set(names)


def test_every_row_says_it_for_everybody_and_every_place() -> None:
    for method in METHODS:
        for address in every():
            row = table()[method][address.name]
            assert tuple(row) == WHO, (method, address.name)
            for said in row.values():
                assert (tuple(said) if isinstance(said, dict) else ()) == places_of(address), (method, address.name)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("who", WHO)
def test_everybody_is_answered_as_the_table_says(tree: Tree, who: str, method: str) -> None:
    wanted = {name: row[who] for name, row in table()[method].items()}
    assert answers(tree, who, method) == wanted


def cells() -> list[tuple[str, str, str, str, int]]:
    """The table, one status a line: method, name, who, where, status."""
    found = []
    for method, rows in table().items():
        for name, row in rows.items():
            for who, said in row.items():
                each = said if isinstance(said, dict) else {"": said}
                found += [(method, name, who, place, status) for place, status in each.items()]
    return found


def test_nothing_is_a_fault() -> None:
    assert [cell for cell in cells() if cell[4] >= 500] == []


def test_pages_are_open_to_those_who_have_their_right_and_to_nobody_else() -> None:
    rights = {address.name: getattr(address.answers, "required_right", None) for address in every()}
    assert sum(right is not None for right in rights.values()) > 10
    wrong = [
        (method, name, who, place, status)
        for method, name, who, place, status in cells()
        if (right := rights[name]) is not None
        and who != NOBODY
        and (status == 403) != (Role(who) not in RIGHTS[right])
        # who may see somebody need not be who may change them
        and not (method == "POST" and name == "person")
    ]
    assert wrong == []


OPEN: Final = {
    "no-operation",
    "answer-notice",
    "confirm-contact",
    "calendar",
    "healthz",
    "readyz",
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",
} | {*("mfa_login_webauthn", "mfa_authenticate", "welcome", "set_language", "api:openapi-json", "api:api-root")}
"""What says itself who may come, and may be asked before one has signed in."""


def test_who_has_not_signed_in_is_led_to_the_sign_in(tree: Tree) -> None:
    for address in every():
        if address.name not in OPEN and not address.name.startswith("api:"):
            answer = ask(tree, NOBODY, "GET", address, "nowhere" if address.kinds else "")
            assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/account/login/"), address


def test_what_is_open_to_everybody_is_a_short_list() -> None:
    closed = {302, 401, 403, 404, 405}
    found = {name for method, name, who, _, status in cells() if who == NOBODY and status not in closed}
    assert found <= OPEN


def test_what_somebody_may_not_see_is_as_if_it_were_nowhere() -> None:
    """404 and not 403: the answer does not tell that there is something."""
    rights = {address.name: address for address in every()}
    wrong = []
    for method, rows in table().items():
        for name, row in rows.items():
            if not rights[name].kinds or name in OF_THE_HOUSE:
                continue
            for who in (Role.MANAGER.value, Role.CONTACT.value):
                said = row[who]
                wrong += [
                    (method, name, who, said) for place in ("sibling", "parent") if said[place] != said["nowhere"]
                ]
    assert wrong == []


@pytest.mark.parametrize("name", OF_THE_PEOPLE)
@pytest.mark.parametrize("who", [Role.MANAGER.value, Role.CONTACT.value])
def test_of_their_own_and_what_is_below_people_of_an_organisation_see_all(name: str, who: str) -> None:
    assert table()["GET"][name][who] == {"own": 200, "child": 200, "sibling": 404, "parent": 404, "nowhere": 404}


@pytest.mark.parametrize("name", OF_THE_PEOPLE)
def test_what_is_of_others_and_what_is_nowhere_are_told_in_the_same_words(tree: Tree, name: str) -> None:
    address = next(one for one in every() if one.name == name)
    told = {ask(tree, Role.MANAGER.value, "GET", address, place).content for place in ("sibling", "parent", "nowhere")}
    assert len(told) == 1


OF_ORGANISATIONS: Final = {
    *("api:steps", "api:incident", *OF_THE_PEOPLE),
}
QUESTIONS: Final = ("", "?format=csv", "?q=mark-of", "?q=203.0.113.50", "?below=clinic", "?below=group", "?text=mark")
FOREIGN: Final = ("authority", "group", "clinic")


@pytest.mark.parametrize(
    ("who", "question"), [(Role.MANAGER.value, ""), *((Role.CONTACT.value, question) for question in QUESTIONS)]
)
def test_no_page_shows_people_of_an_organisation_what_is_of_others(tree: Tree, who: str, question: str) -> None:
    shown = set()
    client = client_of(tree, who)
    for address in every():
        if address.kinds and address.name not in OF_ORGANISATIONS:
            continue
        for place in ("own", "child") if address.kinds else ("",):
            part = [things(tree, who)[address.name](place)] if place else []
            answer = client.get(address.url(*part) + question)
            text = (b"".join(answer) if answer.streaming else answer.content).decode()
            text = text.replace("203.0.113.50", "") if "203.0.113.50" in question else text  # it may be repeated
            for name in FOREIGN:
                assert mark(name) not in text, (address.name, name)
                assert ADDRESSES[name] not in text, (address.name, name)
            shown |= {name for name in ("bank", "branch") if mark(name) in text}
    assert shown == {"bank", "branch"}, "the marks can be seen, so that their absence says something"


@pytest.mark.parametrize("role", sorted(AUTHORITY))
def test_the_authority_sees_all(tree: Tree, role: Role) -> None:
    client = client_of(tree, role.value)
    for place in (
        "/findings/",
        "/incidents/",
        "/organisations/",
        "/notices/",
        "/search/?q=mark-of",
        "/api/v1/findings",
    ):
        text = client.get(place).content.decode()
        assert [name for name in ADDRESSES if mark(name) not in text and ADDRESSES[name] not in text] == [], place


def test_no_address_counts_up() -> None:
    counted = {address.name for address in every() if {"int", "slug", "path"} & set(address.kinds)}
    numbered = {"ledger-tile"}  # by its specification; tiles are of nobody
    assert counted - {"no-operation"} == OF_LIBRARIES | numbered
    assert all("(?P" not in address.route for address in every()), "a route is read by its parts, not by an expression"


@pytest.mark.parametrize("text", ["1", "0", "-1", "1%00", "..%2f", "%27", "00000000-0000-4000-8000-00000000000"])
def test_what_is_no_id_is_nowhere(tree: Tree, text: str) -> None:
    client = client_of(tree, Role.ADMINISTRATOR.value)
    for address in every():
        if address.kinds and not {"int", "str"} & set(address.kinds):
            assert client.get(address.url(text)).status_code in {404, 422}, address


def test_the_answer_to_a_head_is_that_to_a_get_without_its_text(tree: Tree) -> None:
    client = client_of(tree, Role.ADMINISTRATOR.value)
    for address in every():
        if not address.kinds and not address.name.startswith("api:"):
            answer = client.head(address.url())
            assert (answer.status_code < 500, answer.content) == (True, b""), address


ASKED: Final = (
    "text network below sector feed cve type state name trouble action before owner finding q sort cursor since".split()
)


@pytest.mark.parametrize("text", ["a\x00", "'", "%", "\\", "[", "9" * 30, "-1"])
def test_whatever_is_asked_of_a_list_is_no_fault(tree: Tree, text: str) -> None:
    faults = []
    client = client_of(tree, Role.ADMINISTRATOR.value)
    for address in every():
        if address.kinds and address.name != "feed":
            continue
        for name in ASKED if "required_right" in vars(address.answers) or address.name == "api:findings" else []:
            with transaction.atomic():
                answer = client.get(address.url(FEED), {name: text})
                transaction.set_rollback(True)
            faults += [(address.name, name)] if answer.status_code >= 500 else []
    assert faults == []


@pytest.mark.parametrize("who", [NOBODY, Role.ADMINISTRATOR.value])
def test_every_form_needs_its_token(tree: Tree, who: str) -> None:
    """Whoever it is and whatever is asked: without the CSRF token nothing is done."""
    for address in every():
        client = client_of(tree, who)
        client.handler.enforce_csrf_checks = True
        part = [NOWHERE.get(address.name, ABSENT)] if address.kinds else []
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = client.generic(method, address.url(*part))
            wanted = {401, 403, 405} if address.name.startswith("api:") else {403}
            if address.name in {"api:openapi-json", "api:api-root", "no-operation"}:
                continue  # there is no form, and any method is answered alike
            assert answer.status_code in wanted, (method, address)
