"""Two mails of the demonstration: one of a reporter, in the thread of a case, and one that waits to be assigned."""

# What is heavy is imported when the command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

from email.message import EmailMessage
from typing import TYPE_CHECKING, Final

from tutela.cli.demo_people import address
from tutela.core.actor import Actor, Viewer
from tutela.core.rights import Role

if TYPE_CHECKING:
    from tutela.cli.context import Context

_MAILS: Final = (
    (
        "Mail that brought it",
        "Good morning,\n\nwe kept the mail with which it began, and the list of machines that opened it.\n\nAlex",
    ),
    (
        "Question about your notice",
        "Hello,\n\nwe had a mail from you last week and cannot find it any more. Which of our machines was it about?\n",
    ),
)


def add_mails(ground: Context) -> None:
    """Let the mails of the demonstration come in, and assign the first to the open case; once."""
    from tutela.apps.correspondence import actions
    from tutela.apps.correspondence.models import Message
    from tutela.apps.incidents.queries import open_incidents

    by = Actor("person", address(Role.ANALYST))
    viewer = Viewer(by, None, Role.ANALYST)
    received = [
        actions.receive(content=_mail(*one), now=ground.now, by=ground.actor, basis=ground.basis) for one in _MAILS
    ]
    cases = open_incidents(viewer)
    if received[0].is_new and cases:
        actions.assign(
            message=received[0].message.pk,
            answered=cases[0].pk,
            thread=Message.Thread.REPORTER,
            viewer=viewer,
            now=ground.now,
            by=by,
            basis=ground.basis,
        )


def _mail(subject: str, text: str) -> bytes:
    """The same bytes each time, so that each is taken in once."""
    mail = EmailMessage()
    mail["From"] = "Alex <alex@reporter.example>"
    mail["Subject"] = subject
    mail.set_content(text)
    return mail.as_bytes()
