"""Collectors take reports out of a real mailbox: by TLS, only from whom they may, each once, and mark what is done."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
import zlib
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest

from tests.flow import world
from tests.imapserver import Kept, Mailhouse, keeping
from tests.mailserver import certificate
from tests.webserver import Answer, serving
from tutela.apps.intake.models import Collection, Report
from tutela.cli.main import main
from tutela.config import environment
from tutela.core.actor import Actor, Basis
from tutela.core.errors import BadInput, Unavailable, WrongUse
from tutela.flow import collect
from tutela.flow.collect import Collected

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.django_db(transaction=True)

GROUND: dict[str, Any] = {"by": Actor("operator", "test"), "basis": Basis("mandate", "1")}
ONE, TWO = world.report(20).encode(), world.report(20, seed=7).encode()


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    server, _ = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    return server


@pytest.fixture
def house(context: ssl.SSLContext) -> Iterator[Mailhouse]:
    with keeping(context) as found:
        yield found


@pytest.fixture
def define(home: Path, house: Mailhouse, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Furnish our house, and write a collector of theirs into it."""
    monkeypatch.setenv("TUTELA_HOME", str(home))
    monkeypatch.setenv("TUTELA_WORKERS", "1")
    monkeypatch.setenv("TUTELA_SECRET_MAIL", house.password)
    monkeypatch.setenv("TUTELA_SECRET_ZIP", "open sesame")
    world.furnish(home)
    (home / "collectors").mkdir()

    def write(*, more: dict[str, Any] | None = None, **imap: Any) -> None:
        mail = {"host": "localhost", "port": house.port, "user": house.user, "secret": "mail"} | imap
        values = {"name": "mails", "imap": mail, "every": "1h", "allow_private": True} | (more or {})
        (home / "collectors/mails.yaml").write_text(json.dumps(values))

    write()
    return write


def letter(
    *attachments: tuple[str, bytes],
    sender: str = "Reports <reports@example.org>",
    subject: str = "Report",
    text: str = "",
) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = sender, subject
    mail.set_content(text or "Here it is.")
    for name, data in attachments:
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def due() -> Collected:
    return collect.collect_due(environment=environment.load(), **GROUND)


def later() -> None:
    for one in Collection.objects.all():
        one.next_due = one.leased_until = None
        one.save()


def names() -> list[str]:
    return sorted(Report.objects.values_list("file_name", flat=True))


def encrypted(password: bytes, members: dict[str, bytes]) -> bytes:
    """A zip archive in the old encryption that zip programs use (APPNOTE 6.1), which the library can only read."""
    out, directory = io.BytesIO(), b""
    for name, data in members.items():
        keys = [0x12345678, 0x23456789, 0x34567890]

        def update(byte: int, keys: list[int] = keys) -> None:
            keys[0] = _crc(keys[0], byte)
            keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
            keys[2] = _crc(keys[2], keys[1] >> 24)

        for byte in password:
            update(byte)
        secret = bytearray()
        for byte in bytes(11) + bytes([zlib.crc32(data) >> 24]) + data:
            half = (keys[2] & 0xFFFF) | 2
            secret.append(byte ^ ((half * (half ^ 1) >> 8) & 0xFF))
            update(byte)
        raw, place = name.encode(), out.tell()
        shared = struct.pack("<HHHHHIIIHH", 20, 1, 0, 0, 33, zlib.crc32(data), len(secret), len(data), len(raw), 0)
        out.write(b"PK\x03\x04" + shared + raw + bytes(secret))
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + shared + struct.pack("<HHHII", 0, 0, 0, 0, place) + raw
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), out.tell(), 0)
    return out.getvalue() + directory + b"PK\x05\x06" + end


def _crc(value: int, byte: int) -> int:
    value ^= byte & 0xFF
    for _ in range(8):
        value = (value >> 1) ^ (0xEDB88320 if value & 1 else 0)
    return value


def test_a_mail_with_two_attachments(define: Any, house: Mailhouse, home: Path) -> None:
    mail = house.lay(letter(("sightings-1.csv", ONE), ("sightings-2.csv", TWO), ("logo.png", b"\x89PNG")))
    assert due() == Collected(new=2)
    assert names() == ["sightings-1.csv", "sightings-2.csv"]
    assert mail.flags == {"\\Seen"}
    assert list((home / "collected/mails").iterdir()) == []
    later()
    assert due() == Collected(), "what is seen is done"
    assert house.tls == [True] * 3


def test_two_of_one_name_are_two(define: Any, house: Mailhouse) -> None:
    house.lay(letter(("sightings.csv", ONE), ("sightings.csv", TWO)))
    define(more={"feed": "sightings"})
    assert due() == Collected(new=2)


def test_what_others_sent_stays_untouched(define: Any, house: Mailhouse) -> None:
    attached = ("sightings-1.csv", ONE)
    strangers = [
        house.lay(letter(attached, sender="reports@example.org.evil.example")),
        house.lay(letter(attached, sender='"reports@example.org" <x@evil.example>')),
        house.lay(letter(attached, sender="reports@example.org, x@evil.example")),
        house.lay(b"From: x@evil.example\r\n" + letter(attached)),
        house.lay(letter(attached, subject="An advertisement")),
        house.lay(b"Subject: Report\r\nFrom: \xff\xfe<<<>>\r\n\r\nno mail"),
    ]
    ours = [house.lay(letter(attached)), house.lay(letter(("sightings-2.csv", TWO), sender="a@Example.NET"))]
    define(**{"from": ["Reports@example.org", "@example.net"]}, subject="^Report$")
    assert due() == Collected(new=2)
    assert [mail.flags for mail in strangers] == [set()] * len(strangers)
    assert [mail.flags for mail in ours] == [{"\\Seen"}] * 2


@pytest.mark.parametrize("can_move", [True, False])
def test_what_is_done_is_moved(define: Any, house: Mailhouse, *, can_move: bool) -> None:
    if not can_move:
        house.capabilities = "IMAP4rev1"
    house.lay(letter(("sightings-1.csv", ONE))).flags.add("\\Seen")
    define(done={"move": "Done"})
    assert due() == Collected(new=1)
    assert len(house.folders["Done"]) == 1
    later()
    assert due() == Collected()
    assert len(house.folders["Done"]) == 1


def test_starttls_and_never_without(define: Any, context: ssl.SSLContext) -> None:
    with keeping(context, is_implicit=False) as house:
        house.lay(letter(("sightings-1.csv", ONE)))
        define(port=house.port, tls="starttls")
        assert due() == Collected(new=1)
        assert house.tls == [True, True]
        house.capabilities = "IMAP4rev1"  # somebody on the way took STARTTLS out of the list
        later()
        assert isinstance(due().wrong[0], Unavailable)
        assert not [one for one in house.said if house.password in one][2:]


def test_an_unknown_certificate_is_refused(define: Any, house: Mailhouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/dev/null")
    assert "self-signed" in str(due().wrong[0])
    assert house.said == []


def test_a_mailbox_of_ours_needs_leave(define: Any, house: Mailhouse) -> None:
    define(more={"allow_private": False})
    assert "not public" in str(due().wrong[0])


def test_a_wrong_password_is_told_without_it(
    define: Any, house: Mailhouse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TUTELA_SECRET_MAIL", "wrong-battery")
    (error,) = due().wrong
    assert isinstance(error, WrongUse)
    assert "does not let us in" in Collection.objects.get().error
    later()
    assert main(["collectors", "run", "mails"]) == 1
    said = "".join(capsys.readouterr())
    assert "does not let us in" in said
    assert "wrong-battery" not in said + str(error) + Collection.objects.get().error


def test_an_encrypted_archive_is_opened(define: Any, house: Mailhouse) -> None:
    archive = encrypted(b"open sesame", {"a/sightings-1.csv": ONE, "../../sightings-2.csv": TWO})
    assert zipfile.ZipFile(io.BytesIO(archive)).read("a/sightings-1.csv", b"open sesame") == ONE
    mail = house.lay(letter(("reports.zip", archive)))
    assert "there is no zip_secret" in str(due().wrong[0])
    assert mail.flags == {"\\Flagged"}
    mail.flags.clear()
    define(zip_secret="zip")  # noqa: S106 - its name
    later()
    assert due() == Collected(new=2)
    assert names() == ["sightings-1.csv", "sightings-2.csv"]


def flipped(data: bytes) -> bytes:
    middle = len(data) // 3
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


@pytest.mark.parametrize(
    ("archive", "said"),
    [
        (encrypted(b"another", {"sightings-1.csv": ONE}), "cannot be decrypted"),
        (flipped(encrypted(b"open sesame", {"sightings-1.csv": ONE})), "cannot be decrypted"),
        (encrypted(b"open sesame", {"sightings-1.csv": b"x" * 3000}), "larger than|unpacks to more"),
        (encrypted(b"open sesame", {f"{number}": b"" for number in range(101)}), "more than 100 files|larger than"),
    ],
)
def test_an_archive_that_cannot_be_is_told_and_left(
    define: Any, house: Mailhouse, home: Path, archive: bytes, said: str
) -> None:
    mail = house.lay(letter(("reports.zip", archive), ("sightings-2.csv", TWO)))
    define(zip_secret="zip", more={"maximum_bytes": 2900})  # noqa: S106 - as above
    done = due()
    assert done.new == 1, "the other one is none the worse"
    assert len(done.wrong) == 1
    assert re.search(said, str(done.wrong[0]))
    assert mail.flags == {"\\Flagged"}
    later()
    assert due() == Collected(), "it waits for a person"
    assert "mail 1" in Collection.objects.get().error, "and stays told"


def test_a_hostile_name_leads_nowhere(define: Any, house: Mailhouse, home: Path) -> None:
    for name in (
        "../../../feeds/sightings-1.csv",
        "/etc/cron.d/sightings-1.csv",
        ".sightings-1.csv",
        "sight\x00ings-1.csv",
    ):
        house.lay(letter((name, world.report(5, seed=house.number).encode())))
    assert due().new == 4
    assert set(names()) == {"sightings-1.csv"}
    assert [path.name for path in (home / "feeds").iterdir()] == ["sightings.yaml"]


def test_what_is_too_large_is_left(define: Any, house: Mailhouse, monkeypatch: pytest.MonkeyPatch) -> None:
    large = house.lay(letter(("sightings-1.csv", b"x" * 5000)))
    small = house.lay(letter(("sightings-2.csv", TWO)))
    define(more={"maximum_bytes": 4999})
    done = due()
    assert (done.new, len(done.wrong)) == (1, 1)
    assert "'sightings-1.csv' is larger than 4999 bytes" in str(done.wrong[0])
    assert (large.flags, small.flags) == ({"\\Flagged"}, {"\\Seen"})
    monkeypatch.setattr("tutela.engine.collectors.letters.MOST_BYTES", 4000)
    large.flags.clear()
    house.said.clear()
    later()
    assert "is larger than" in str(due().wrong[0])
    assert not [one for one in house.said if "PEEK[]" in one], "nobody asks for such a mail"


@pytest.mark.parametrize(
    "content",
    [
        letter(),
        letter(("image.png", b"\x89PNG")),
        b"From: reports@example.org\r\n" + b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n" * 3000,
        b"From: reports@example.org\r\nContent-Type: text/plain; charset=no-such\r\n\r\nhttps://localhost/",
        b"From: reports@example.org\r\nContent-Disposition: attachment; filename*=x'\r\n\r\n\xff",
    ],
)
def test_a_mail_without_a_report_is_left_to_a_person(define: Any, house: Mailhouse, content: bytes) -> None:
    mail, good = house.lay(content), house.lay(letter(("sightings-1.csv", ONE)))
    define(links=["localhost"])
    done = due()
    assert (done.new, [type(one) for one in done.wrong]) == (1, [BadInput])
    assert (mail.flags, good.flags) == ({"\\Flagged"}, {"\\Seen"})


def test_what_no_feed_knows_lies_aside_and_its_mail_is_done(define: Any, house: Mailhouse, home: Path) -> None:
    mail = house.lay(letter(("riddle.txt", b"nobody knows this")))
    assert len(due().wrong) == 1
    assert mail.flags == {"\\Seen"}
    assert (home / "inbox/refused/riddle.txt").read_bytes() == b"nobody knows this"


def test_links_of_hosts_that_are_named_are_followed(define: Any, house: Mailhouse, context: ssl.SSLContext) -> None:
    with serving(context) as site:
        site.pages["/sightings-1.csv"] = Answer(ONE)
        site.pages["/moved"] = Answer(status=302, headers={"Location": "https://elsewhere.example/sightings-2.csv"})
        plain = site.url("/y.csv").replace("https", "http")
        text = f"See {site.url('/sightings-1.csv')}?a=1&b=2. Not https://example.org/x.csv nor {plain}"
        good = house.lay(letter(text=text))
        moved = house.lay(letter(text=site.url("/moved")))
        define(links=["localhost"])
        done = due()
        assert (done.new, len(done.wrong)) == (1, 1)
        assert "host that is not named" in str(done.wrong[0])
        assert [path for path, _ in site.asked] == ["/sightings-1.csv?a=1&b=2", "/moved"]
        assert (good.flags, moved.flags) == ({"\\Seen"}, {"\\Flagged"})


def test_a_mail_whose_link_does_not_answer_now_waits(define: Any, house: Mailhouse, context: ssl.SSLContext) -> None:
    with serving(context) as site:
        site.pages["/sightings-1.csv"] = Answer(status=503)
        mail = house.lay(letter(("sightings-2.csv", TWO), text=site.url("/sightings-1.csv")))
        define(links=["localhost"])
        assert due().new == 1
        assert mail.flags == set()
        site.pages["/sightings-1.csv"] = Answer(ONE)
        later()
        assert due() == Collected(new=1, known=1)
        assert mail.flags == {"\\Seen"}


def test_a_crash_before_the_mail_is_marked_doubles_nothing(
    define: Any, house: Mailhouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_arguments: Any) -> None:
        raise KeyboardInterrupt

    mail = house.lay(letter(("sightings-1.csv", ONE)))
    for place in ("tutela.flow.collect.Postman.mark", "tutela.flow.collect._Round._take_in"):
        with monkeypatch.context() as patch:
            patch.setattr(place, killed)
            with pytest.raises(KeyboardInterrupt):
                due()
        assert mail.flags == set()
        later()
    assert due() == Collected(known=2), "what lay on disk, and what lies in the mailbox"
    assert Report.objects.count() == 1
    assert mail.flags == {"\\Seen"}


def test_ids_that_mean_other_mails_now_mark_nothing(
    define: Any, house: Mailhouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = house.lay(letter(("sightings-1.csv", ONE)))
    ingest = collect.ingest

    def meanwhile(*arguments: Any, **more: Any) -> Any:
        house.validity += 1
        return ingest(*arguments, **more)

    monkeypatch.setattr(collect, "ingest", meanwhile)
    assert due().new == 1
    assert mail.flags == set()


def test_more_mails_than_one_round_takes_are_taken_next(
    define: Any, house: Mailhouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("engine.collectors.letters", "flow.collect"):
        monkeypatch.setattr(f"tutela.{module}.MOST_LETTERS", 2)
    mails: list[Kept] = [house.lay(letter((f"sightings-{n}.csv", world.report(5, seed=n).encode()))) for n in range(5)]
    assert [due().new for _ in range(3)] == [2, 2, 1], "at once, not an hour later"
    assert all(mail.flags == {"\\Seen"} for mail in mails)


@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\n",
        b"* " + b"x" * 2_000_000 + b"\r\n",
        b"* 1 FETCH (UID 1)\r\n" * 300_000 + b"TAG OK\r\n",
        b"TAG BAD no\r\n",
        b"\x00\xff\r\n",
    ],
)
def test_a_server_that_says_too_much_or_nonsense(define: Any, house: Mailhouse, answer: bytes) -> None:
    house.lay(letter(("sightings-1.csv", ONE)))
    house.interrupt = lambda command: answer if "UID FETCH" in command else None
    (error,) = due().wrong
    assert isinstance(error, Unavailable)
    house.interrupt = lambda _command: None
    later()
    assert due().new == 1


def test_a_server_that_says_nothing_is_left(define: Any, house: Mailhouse) -> None:
    house.interrupt = lambda command: b"" if "SEARCH" in command else None
    define(more={"timeout": "1s"})
    assert "took longer than 1 seconds" in str(due().wrong[0])


def test_a_folder_that_is_not_there_is_told(define: Any) -> None:
    define(folder="Reports")
    assert "the folder 'Reports' cannot be opened" in str(due().wrong[0])
    assert Collection.objects.get().next_due
