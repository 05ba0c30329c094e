"""``tutela people``: who may sign in at the console."""

# What is heavy is imported when a command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from tutela.cli.context import Context, context
from tutela.cli.output import Json, emit, show
from tutela.core.errors import WrongUse
from tutela.core.rights import Right, Role

if TYPE_CHECKING:
    from tutela.apps.people.models import User

app = typer.Typer(no_args_is_help=True)
tokens = typer.Typer(no_args_is_help=True)
app.add_typer(tokens, name="token", help="Tokens, with which programs ask as a person.")
Email = Annotated[str, typer.Argument(help="The address with which they sign in.")]
Name = Annotated[str, typer.Option(help="How they are called.")]


@app.callback()
def group() -> None:
    """Who may sign in at the console, and as what."""


@app.command("add-admin")
def add_admin(email: Email, name: Name = "", as_json: Json = False) -> None:
    """Add an administrator, and print the link with which they set their password; it holds once, for three days."""
    _add(email, name, Role.ADMINISTRATOR, [], as_json=as_json)


@app.command("add")
def add(
    email: Email,
    role: Annotated[Role, typer.Option(help="What they are.")],
    organisation: Annotated[
        list[str] | None, typer.Option(help="Global id; for people of an organisation. Can be given again.")
    ] = None,
    name: Name = "",
    as_json: Json = False,
) -> None:
    """Add a person, and print the link with which they set their password."""
    _add(email, name, role, organisation or [], as_json=as_json)


@app.command("invite")
def invite(email: Email, as_json: Json = False) -> None:
    """Print a new link for somebody who has lost the password; earlier links hold no longer."""
    ground = context()
    _print_link(_person(email), ground, as_json=as_json)


@app.command("deactivate")
def deactivate(email: Email, as_json: Json = False) -> None:
    """Let somebody in no more: their sessions end, their tokens hold no longer."""
    from tutela.apps.people import actions

    ground = context()
    actions.deactivate(user=_person(email), now=ground.now, by=ground.actor, basis=ground.basis)
    show({"email": email, "active": False}, as_json=as_json)


@tokens.command("issue")
def issue_token(
    email: Email,
    name: Annotated[str, typer.Option(help="What it is for.")],
    scope: Annotated[list[Right], typer.Option(help="A right that it has. Can be given again.")],
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it holds.")] = 90,
    as_json: Json = False,
) -> None:
    """Make a token with which a program asks as this person, and print it; it is shown only this once."""
    from tutela.apps.people import actions

    ground = context()
    secret = actions.issue_token(
        user=_person(email),
        name=name,
        scopes=scope,
        holds=timedelta(days=days),
        now=ground.now,
        by=ground.actor,
        basis=ground.basis,
    )
    until = ground.now + timedelta(days=days)
    show({"email": email, "name": name, "until": until, "token": secret}, as_json=as_json)


@app.command("list")
def list_people(as_json: Json = False) -> None:
    """List who may sign in."""
    from tutela.apps.people.queries import people_for

    rows = [
        {
            "email": one.email,
            "name": one.name,
            "role": one.role,
            "organisations": [membership.organisation for membership in one.memberships.all()],
            "active": one.is_active,
            "last_login": one.last_login,
        }
        for one in people_for(context().viewer)
    ]
    emit(rows, ["email", "name", "role", "organisations", "active", "last_login"], as_json=as_json)


def _add(email: str, name: str, role: Role, organisations: list[str], *, as_json: bool) -> None:
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    from tutela.apps.constituency.queries import organisations_below
    from tutela.apps.people import actions

    ground = context()
    try:
        validate_email(email)
    except ValidationError as error:
        raise WrongUse(f"{email!r} is no e-mail address.", remedy="Write it as name@example.org.") from error
    for one in organisations:
        organisations_below(ground.viewer, one)  # says so where there is none
    person = actions.add_person(
        email=email,
        name=name,
        role=role,
        organisations=organisations,
        now=ground.now,
        by=ground.actor,
        basis=ground.basis,
    )
    _print_link(person, ground, as_json=as_json)


def _print_link(person: User, ground: Context, *, as_json: bool) -> None:
    from django.urls import reverse

    from tutela.apps.people import actions
    from tutela.cli.serve import address

    secret = actions.invite(user=person, now=ground.now, by=ground.actor, basis=ground.basis)
    link = address(ground.environment) + reverse("welcome", args=[secret])
    show({"email": person.email, "role": person.role, "link": link}, as_json=as_json)


def _person(email: str) -> User:
    from tutela.apps.people.queries import person_named

    found = person_named(email)
    if found is None:
        raise WrongUse(f"nobody has the address {email!r}.", remedy="See `tutela people list`.")
    return found
