"""What comes back by mail is told for what it is, and nothing that anybody sends breaks the reading of it."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tutela.core.errors import BadInput
from tutela.core.notices import answers
from tutela.core.notices.answers import Kind, Lack, read
from tutela.core.notices.tokens import notice_of, token_of, tokens_in

NOTICE = UUID("11111111-2222-4333-8444-555555555555")
KEY = b"k" * 32
HEAD = f"Message-ID: <{NOTICE}@csirt.example>\r\nSubject: Findings\r\n"


def reply(**fields: str) -> EmailMessage:
    mail = EmailMessage()
    given_ = {"From": "Kim <kim@bank.example>", "Subject": "Re: Findings", "In-Reply-To": f"<{NOTICE}@csirt.example>"}
    for name, value in (given_ | {name.replace("_", "-"): value for name, value in fields.items()}).items():
        if value:
            mail[name] = value
    mail.set_content("It is fixed.\n> what you wrote\n")
    return mail


def bounce(*, action: str = "failed", status: str = "5.1.1", kind: str = "message/delivery-status") -> bytes:
    return f"""Return-Path: <>
From: MAILER-DAEMON@mx.bank.example
To: notices@csirt.example
Subject: Undelivered
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I am sorry.
--b
Content-Type: {kind}

Reporting-MTA: dns; mx.bank.example

Original-Recipient: rfc822;abuse@bank.example
Final-Recipient: rfc822; abuse@bank.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <abuse@bank.example>
    nobody here

--b
Content-Type: text/rfc822-headers

{HEAD}
--b--
""".encode()


def test_a_reply_is_read() -> None:
    mail = reply(Message_ID="<one@bank.example>")
    mail.add_attachment(b"a,b\n", maintype="text", subtype="csv", filename="../../log.csv")
    mail.add_attachment(b"MZ", maintype="application", subtype="x-dosexec", filename="fix.exe")
    found = read(mail.as_bytes())
    assert (found.kind, found.sender, found.message_id) == (Kind.REPLY, "kim@bank.example", "<one@bank.example>")
    assert found.text == "It is fixed.\n> what you wrote"
    assert found.answered == (NOTICE,)
    assert found.files == (("log.csv", b"a,b\n"),)
    assert [one.split(":")[0] for one in found.left] == ["fix.exe"]


@pytest.mark.parametrize(
    "fields",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; owner-email=x@example.org"},
        {"Precedence": "bulk"},
        {"Precedence": "auto_reply"},
        {"X_Autoreply": "yes"},
        {"Return_Path": "<>"},
    ],
)
def test_a_program_that_answers_is_told_from_a_person(fields: dict[str, str]) -> None:
    assert read(reply(**fields).as_bytes()).kind is Kind.AUTOMATIC
    assert read(reply(Auto_Submitted="no").as_bytes()).kind is Kind.REPLY


@pytest.mark.parametrize("kind", ["message/delivery-status", "message/global-delivery-status"])
@pytest.mark.parametrize(
    ("action", "status", "is_what"),
    [
        ("failed", "5.1.1", Kind.BOUNCE),
        ("failed", "4.4.7", Kind.BOUNCE),
        ("delayed", "4.2.2", Kind.DELAY),
        ("delivered", "2.0.0", Kind.DELIVERY),
    ],
)
def test_a_report_of_delivery_is_read(action: str, status: str, is_what: Kind, kind: str) -> None:
    found = read(bounce(action=action, status=status, kind=kind))
    assert (found.kind, found.answered) == (is_what, (NOTICE,))
    (one,) = found.deliveries
    assert (one.recipient, one.action, one.status) == ("abuse@bank.example", action, status)
    assert one.is_permanent is (status == "5.1.1")
    assert "550 5.1.1" in one.said


@pytest.mark.parametrize(
    ("text", "fields", "status", "recipient"),
    [
        (
            (
                "This message was created automatically by mail delivery software.\n\n"
                "  abuse@bank.example\n    550 Unrouteable address\n\n------ This is a copy of your message ------\n\n"
            ),
            {"X_Failed_Recipients": "abuse@bank.example", "Auto_Submitted": "auto-replied"},
            "5.0.0",
            "abuse@bank.example",
        ),
        (
            (
                "Hi. This is the qmail-send program.\n\n<abuse@bank.example>:\n"
                "Sorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n"
            ),
            {"Return_Path": "<>"},
            "5.1.1",
            "abuse@bank.example",
        ),
    ],
)
def test_a_bounce_in_words_is_read(text: str, fields: dict[str, str], status: str, recipient: str) -> None:
    mail = reply(In_Reply_To="", **fields)
    mail.set_content(text + HEAD)
    found = read(mail.as_bytes())
    assert (found.kind, found.answered) == (Kind.BOUNCE, (NOTICE,))
    assert (found.deliveries[0].status, found.deliveries[0].recipient) == (status, recipient)


def test_an_absence_is_no_bounce_though_it_comes_from_nobody() -> None:
    mail = reply(Return_Path="<>", Auto_Submitted="auto-replied (vacation)")
    mail.set_content("I am away until 550 days have gone by. Call +352 5.1.1")
    assert read(mail.as_bytes()).kind is Kind.AUTOMATIC


def test_a_person_who_quotes_a_bounce_is_a_person() -> None:
    mail = reply()
    mail.set_content(f"You sent this?\n> 550 5.1.1 nobody\n> {HEAD}")
    assert read(mail.as_bytes()).kind is Kind.REPLY


def test_the_thread_is_followed_back() -> None:
    other = UUID(int=7)
    references = f"<{other}@csirt.example> <{NOTICE}@csirt.example> <strange@example.org>"
    assert read(reply(In_Reply_To="", References=references).as_bytes()).answered == (NOTICE, other)


def test_html_is_not_shown_and_is_told() -> None:
    mail = EmailMessage()
    mail.set_content("<p>Hello <script>alert(1)</script></p>", subtype="html")
    found = read(mail.as_bytes())
    assert (found.text, found.lack, found.files) == ("", Lack.HTML, ())
    mail = reply()
    mail.add_alternative("<p>Other words</p>", subtype="html")
    assert (read(mail.as_bytes()).text[:12], read(mail.as_bytes()).lack) == ("It is fixed.", Lack.NOTHING)


def test_an_encrypted_answer_is_told() -> None:
    data = b"Content-Type: multipart/encrypted; boundary=b\n\n--b\nContent-Type: application/pgp-encrypted\n\n--b--\n"
    assert read(data).lack is Lack.ENCRYPTED


def test_text_has_nothing_in_it_that_misleads() -> None:
    mail = b"Subject: a\x00b\nContent-Type: text/plain; charset=utf-8\n\n\x00good\xe2\x80\xaeevil\xff\r\nline\x1b[2J"
    found = read(mail)
    assert found.text == "goodevil\ufffd\nline[2J"
    found.subject.encode()


def test_an_unknown_character_set_is_read_as_far_as_it_goes() -> None:
    assert read(b"Content-Type: text/plain; charset=no-such\n\nhello").text == "hello"
    assert read(b"Content-Type: text/plain; charset=gb18030\n\n" + "已修复".encode("gb18030")).text == "已修复"


def test_what_has_two_senders_has_none() -> None:
    assert not read(b"From: a@example.org, b@example.org\n\nhello").sender


def test_what_is_too_large_or_too_deep_is_refused() -> None:
    with pytest.raises(BadInput, match="larger"):
        read(b"a" * (answers.LARGEST + 1))
    deep = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(15)).encode()
    with pytest.raises(BadInput, match="no mail"):
        read(deep)
    within = read(b"Content-Type: message/rfc822\n\n" * 900)
    assert (within.text, within.files) == ("", ())


def test_only_so_many_files_are_kept() -> None:
    mail = reply()
    for number in range(answers.MOST_FILES + 3):
        mail.add_attachment(b"x", maintype="text", subtype="csv", filename=f"{number}.csv")
    data = mail.as_bytes()
    found = read(data)
    assert (len(found.files), len(found.left)) == (answers.MOST_FILES, 3)


@given(st.uuids())
def test_a_token_names_one_notice(notice: UUID) -> None:
    token = token_of(notice, KEY)
    assert len(token) == 42
    assert notice_of(token.upper(), KEY) == notice
    assert notice_of(token, b"other") is None
    assert tokens_in(f"Team <reply+{token.upper()}@csirt.example>") == (token,)
    assert tokens_in(f"Re: Findings [{token}]") == (token,)


@given(st.text(max_size=60))
def test_what_is_no_token_names_nothing(text: str) -> None:
    assert notice_of(text, KEY) is None


def test_tokens_are_found_where_mail_has_them() -> None:
    token = token_of(NOTICE, KEY)
    assert read(reply(To=f"reply+{token}@csirt.example").as_bytes()).tokens == (token,)
    assert read(reply(Delivered_To=f"reply+{token}@csirt.example").as_bytes()).tokens == (token,)
    assert read(reply(Subject=f"答复：发现 [{token}]").as_bytes()).tokens == (token,)


def hostile() -> st.SearchStrategy[bytes]:
    """Mails made of pieces that mean something to the reader, and of pieces that mean nothing."""
    kinds = st.sampled_from(
        "text/plain text/html message/rfc822 message/delivery-status message/global-delivery-status multipart/mixed "
        "multipart/report multipart/encrypted text/rfc822-headers application/pkcs7-mime message/partial x/ /".split()
    )
    names = st.sampled_from(
        "From To Subject References In-Reply-To Message-ID Return-Path Auto-Submitted Content-Disposition Date "
        "Content-Transfer-Encoding Final-Recipient Action Status Precedence X-Failed-Recipients MIME-Version".split()
    )
    values = st.one_of(
        st.sampled_from(
            [b"<>", b"=?utf-8?B?////?=", b"=?x?q?=00?=", b"failed", b"base64", b"uuencode", b"rfc822;", b"a@b, c@d",
             b"attachment; filename*0*=utf-8''%ff%00; filename*1=x", f"<{NOTICE}@x>".encode(), b"\xff", b"((", b'"']
        ),
        st.binary(max_size=40),
    )  # fmt: skip
    head = st.builds(lambda name, value: name.encode() + b": " + value + b"\n", names, values)
    kind = st.builds(lambda one: f"Content-Type: {one}; charset=utf-7; boundary=b\n".encode(), kinds)
    line = st.sampled_from([b"\n", b"--b\n", b"--b--\n", b"begin 644 x\n", b"5.1.1 550 no\n"])
    return st.lists(st.one_of(head, kind, line, st.binary(max_size=30)), max_size=25).map(b"".join)


@given(st.one_of(hostile(), st.binary(max_size=500)))
@example(bounce(status="\xff"))
@example(b"")
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    try:
        found = read(data)
    except BadInput:
        return
    words: list[Any] = [found.text, found.subject, found.sender, found.message_id, *found.left, *found.tokens]
    words += [word for one in found.deliveries for word in (one.recipient, one.status, one.said)]
    words += [name for name, _ in found.files]
    for word in words:
        word.encode()  # no half character, which no database takes
        assert "\x00" not in word
