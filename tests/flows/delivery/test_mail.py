"""One message, one server, one recipient: what is said, and what is made of the answer."""

from __future__ import annotations

import email
import smtplib
import ssl
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from email import policy
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from flows.delivery import smtp
from flows.delivery.message import checked, compose, message_id, readdressed
from flows.delivery.smtp import credentials, hand_over
from flows.editions import Edition
from flows.settings import Mail
from warehouse.errors import DeliveryFailed, InputRefused

SATURDAY = datetime(2026, 1, 17, 12, 0, tzinfo=timezone(timedelta(hours=8)))
HEADLINE = (
    "涨势由创新驱动，但杠杆与爆发性指标已进入过热区间，广度开始收窄，请关注融资余额的单日变化"
)
EDITION = Edition(
    issue_id="2026-W03",
    revision=1,
    as_of=date(2026, 1, 16),
    language="zh",
    subject=f"中国科技股周报 2026-W03：{HEADLINE}",
    requested=date(2026, 1, 16),
    path=Path("issues/2026-W03/zh.pdf"),
    content_hash="c0ffee",
    simulated=False,
    rendered_at=datetime(2026, 1, 16, 12),
)
CONTENT = {
    "text": f"{HEADLINE}\n.点开头的一行\n".encode(),
    "html": f"<html><body><p>{HEADLINE}</p></body></html>".encode(),
    "pdf": b"%PDF-1.7 \x00\xff\r\n.\r\n",
}


DESK = Mail(sender="desk@example.org")


def composed(edition=EDITION, recipient="reader@example.org", mail=DESK, earlier=(), **content):
    to = {"mail": mail, "recipient": recipient, "sent_on": SATURDAY, "earlier": earlier}
    return compose(edition, CONTENT | content, **to)


def parsed(wire):
    return email.message_from_bytes(wire, policy=policy.default)


# --- the message ---------------------------------------------------------------------------------


def test_chinese_subject_and_headline_come_back_as_written():
    message = parsed(composed())
    assert message["Subject"] == EDITION.subject
    assert HEADLINE in "".join(message.get_body(["plain"]).get_content().splitlines())
    assert HEADLINE in message.get_body(["html"]).get_content()


def test_text_and_html_are_alternatives_and_the_pdf_is_attached_unchanged():
    message = parsed(composed())
    assert message.get_content_type() == "multipart/mixed"
    assert [p.get_content_type() for p in message.iter_parts()] == [
        "multipart/alternative",
        "application/pdf",
    ]
    (pdf,) = message.iter_attachments()
    assert pdf.get_filename() == "china-tech-briefing_2026-W03_zh_r1.pdf"
    assert pdf.get_content() == CONTENT["pdf"]


@pytest.mark.parametrize("text", ["短\n", "长" * 3000])
def test_the_wire_is_seven_bit_with_short_lines(text):
    lines = composed(text=text.encode(), html=b"<p>" + b"x" * 3000).split(b"\r\n")
    assert max(map(len, lines)) <= 998  # RFC 5321, 4.5.3.1.6
    assert all(line.isascii() and b"\n" not in line for line in lines)


def test_headers_name_sender_recipient_time_and_that_a_machine_wrote():
    message = parsed(composed())
    assert message["From"] == "中国科技股行情周报 <desk@example.org>"
    assert message["To"] == "reader@example.org"
    assert message["Date"].datetime == SATURDAY
    assert message["Auto-Submitted"] == "auto-generated"


def test_message_id_follows_issue_revision_language_and_recipient():
    def of(recipient="reader@example.org", **changes):
        return message_id(replace(EDITION, **changes), recipient, "desk@example.org")

    assert parsed(composed())["Message-ID"] == of()
    assert of() == of(recipient="Reader@Example.org") == of(subject="another")
    others = [
        of(issue_id="2026-W04"),
        of(revision=2),
        of(language="en"),
        of("b@x.org"),
        of(simulated=True),
    ]
    assert len({of(), *others}) == 6


def test_simulated_is_said_in_the_subject_once():
    simulated = replace(EDITION, simulated=True)
    assert parsed(composed(simulated))["Subject"] == f"[SIMULATED] {EDITION.subject}"
    said = replace(simulated, subject="SIMULATED: x")
    assert parsed(composed(said))["Subject"] == "SIMULATED: x"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\nBcc: all@example.org", "\u2028"])
def test_a_line_break_in_a_header_is_refused(end):
    with pytest.raises(InputRefused, match="line break"):
        composed(replace(EDITION, subject=f"Rally{end}"))


def test_an_issue_that_cannot_be_a_file_name_is_refused():
    with pytest.raises(InputRefused, match="file name"):
        composed(replace(EDITION, issue_id="../2026"))


LARGE = Mail(sender="desk@example.org", max_bytes=20_000)
PDF, TABLES = bytes(30_000), b"PK" + bytes(5_000)
WORDS = {"en": "too large", "zh": "过大"}


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("tables", ["fit", "too large", "none"])
def test_over_the_limit_the_tables_go_along_and_both_bodies_name_the_pdf(language, tables):
    edition = replace(EDITION, language=language)
    workbook = {"fit": TABLES, "too large": PDF, "none": b""}[tables]
    wire = composed(edition, mail=LARGE, pdf=PDF, workbook=workbook)
    message = parsed(wire)
    attached = [part.get_filename() for part in message.iter_attachments()]
    assert attached == (["zh.xlsx"] if tables == "fit" else [])
    assert len(wire) <= LARGE.max_bytes
    for kind in ("plain", "html"):
        body = " ".join(message.get_body([kind]).get_content().split())
        assert WORDS[language] in body
        assert EDITION.path.name in body
        assert str(EDITION.path) not in body
        assert ("attached as a workbook" in body or "附件工作簿" in body) == (tables == "fit")
        assert "attached as a PDF" not in body
        assert "全文见附件" not in body
    assert message.get_body(["html"]).get_content().rstrip().endswith("</p></body></html>")


@pytest.mark.parametrize("language", WORDS)
def test_over_the_limit_a_link_stands_for_the_pdf_where_there_is_one(language):
    mail = LARGE.model_copy(update={"issues_url": "https://example.org/issues/"})
    edition = replace(EDITION, language=language)
    message = parsed(composed(edition, mail=mail, pdf=PDF, workbook=TABLES))
    url = f"https://example.org/issues/2026-W03/{edition.file_name}"
    assert list(message.iter_attachments()) == []
    for kind in ("plain", "html"):
        body = message.get_body([kind]).get_content()
        assert WORDS[language] in body
        assert body.count(url) >= 2
        assert str(EDITION.path) not in body


def test_under_the_limit_the_pdf_goes_along_and_links_lead_to_the_revision():
    mail = DESK.model_copy(update={"issues_url": "https://example.org/issues/"})
    message = parsed(composed(mail=mail))
    assert [p.get_content() for p in message.iter_attachments()] == [CONTENT["pdf"]]
    text = message.get_body(["plain"]).get_content()
    ends = {line.split()[-1] for line in text.splitlines() if line.strip()}
    for name in ("2026-W03/china-tech-briefing_2026-W03_zh_r1.pdf", "2026-W03/zh.xlsx",
                 "2026-W03/en.html", "index_zh.html"):  # fmt: skip
        assert f"https://example.org/issues/{name}" in ends
        assert (
            f'href="https://example.org/issues/{name}"' in message.get_body(["html"]).get_content()
        )


@pytest.mark.parametrize(("language", "words"), [("en", "reply with the word"), ("zh", "退订")])
def test_how_to_leave_is_said_in_headers_and_bodies(language, words):
    mail = Mail(
        sender="desk@example.org", reply_to="editor+china@example.org", sender_name="Desk, 晨报"
    )
    message = parsed(composed(replace(EDITION, language=language), mail=mail))
    assert message["From"].addresses[0].display_name == "Desk, 晨报"
    assert message["From"].addresses[0].addr_spec == "desk@example.org"
    assert message["Reply-To"] == "editor+china@example.org"
    assert message["List-Id"] == f"<china-tech-briefing.{language}.example.org>"
    leave = "<mailto:editor%2Bchina@example.org?subject=unsubscribe>"
    assert message["List-Unsubscribe"] == leave
    for kind in ("plain", "html"):
        body = message.get_body([kind]).get_content()
        assert words in body
        assert "editor+china@example.org" in body


def test_a_correction_says_so_and_threads_to_the_first():
    earlier = ["<a@example.org>", "<b@example.org>"]
    second = replace(EDITION, revision=3)
    message = parsed(composed(second, earlier=earlier))
    assert message["Subject"] == f"【更正】{EDITION.subject}"
    assert message["In-Reply-To"] == earlier[0]
    assert message["References"] == " ".join(earlier)
    first = parsed(composed(second))
    assert (first["Subject"], first["References"], first["In-Reply-To"]) == (
        EDITION.subject, None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "subject", "said"),
    [("en", "Rally", "[SIMULATED] Correction: Rally"), ("zh", "【模拟】涨", "【模拟】【更正】涨"),
     ("en", "SIMULATED: Rally", "SIMULATED: Correction: Rally")],
)  # fmt: skip
def test_simulated_stands_before_correction(language, subject, said):
    edition = replace(EDITION, simulated=True, subject=subject, language=language, revision=2)
    assert parsed(composed(edition, earlier=["<a@example.org>"]))["Subject"] == said


@pytest.mark.parametrize("known", ["<a@x>\r\nBcc: all@example.org", "<a b@x>", "nonsense"])
def test_a_message_id_that_is_none_is_left_out_of_the_headers(known):
    message = parsed(composed(replace(EDITION, revision=2), earlier=[known]))
    assert message["References"] is None
    assert message["Bcc"] is None
    assert message["Subject"].startswith("【更正】")


@pytest.mark.parametrize(
    "name", ["Desk\r\nBcc: all@example.org", "Desk\n", "De\u2028sk", "\x00", " "]
)
def test_a_name_that_is_not_one_line_is_refused(name):
    with pytest.raises(ValidationError, match="one line"):
        Mail(sender_name=name)
    unchecked = DESK.model_copy(update={"sender_name": f"{name}\n"})
    with pytest.raises(InputRefused, match="line break"):
        composed(mail=unchecked)


@pytest.mark.parametrize(
    "url", ["ftp://x.org/", "https://x.org/a b", "https://x.org/?a=1", 'https://x.org/"><script>', "x.org",
            "https://x.org/\r\nBcc: a@b.org"],
)  # fmt: skip
def test_an_address_that_is_no_folder_of_the_web_is_refused(url):
    with pytest.raises(ValidationError, match="address of a folder"):
        Mail(issues_url=url)


def test_another_sender_changes_what_follows_from_it_and_nothing_else():
    wire = composed()
    other = Mail(sender="new@example.net", reply_to="editor@example.net", sender_name="News")
    changed = readdressed(wire, "zh", other)
    message = parsed(changed)
    assert message["From"] == "News <new@example.net>"
    assert message["Reply-To"] == "editor@example.net"
    assert message["List-Id"] == "<china-tech-briefing.zh.example.net>"
    assert message["Message-ID"] == parsed(wire)["Message-ID"]
    assert len(message.get_all("From")) == 1
    assert readdressed(changed, "zh", DESK) == wire == readdressed(wire, "zh", DESK)
    assert wire.partition(b"\r\n\r\n")[2] == changed.partition(b"\r\n\r\n")[2]


def test_addresses_are_taken_once_each():
    assert checked(["a@example.org", "A@Example.org", "b@localhost"]) == [
        "a@example.org",
        "b@localhost",
    ]


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@b", "a@example.org\n", "a@example.org\r\nBcc: b@x.org", "a b@x.org", "用户@example.org",
     "a..b@example.org", 'a"b@example.org', "(a)@example.org", "a" * 250 + "@example.org"],
)  # fmt: skip
def test_what_is_no_address_is_refused(address):
    with pytest.raises(InputRefused, match=r"address|mailed"):
        checked(["fine@example.org", address])


def test_nobody_to_mail_to_is_refused():
    with pytest.raises(InputRefused, match="nobody"):
        checked([])


# --- what the server says, and what is made of it -------------------------------------------------
#
#   behaviour            | verdict  | the server has it
BEHAVIOURS = {
    "takes it": ({}, "SENT", True),
    "drops after DATA": ({"data": "drop"}, "UNKNOWN", True),
    "hangs after DATA": ({"data": "hang"}, "UNKNOWN", True),
    "421 to QUIT": ({"quit": "421 going down"}, "SENT", True),
    "451 at DATA": ({"data": "451 try later"}, "RETRY", False),
    "421 at DATA": ({"data": "421 going down"}, "RETRY", False),
    "554 at DATA": ({"data": "554 spam"}, "REFUSED", False),
    "550 at RCPT": ({"rcpt": {"reader@example.org": "550 unknown"}}, "REFUSED", False),
    "450 at RCPT": ({"rcpt": {"reader@example.org": "450 greylisted"}}, "RETRY", False),
    "over SIZE": ({"server": {"data_size_limit": 1000}}, "REFUSED", False),
}


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_verdict(name, post):
    behaviour, state, has_it = BEHAVIOURS[name]
    server = post(**behaviour)
    verdict = hand_over(server.mail, composed(), "reader@example.org")
    assert (verdict.state, bool(server.taken)) == (state, has_it)


def test_a_message_over_the_announced_size_is_not_even_begun(post):
    server = post(server={"data_size_limit": 1000})
    answer = hand_over(server.mail, composed(), "reader@example.org").detail
    assert answer == "552 Error: message size exceeds fixed maximum message size"


def test_what_arrives_is_what_was_stored_dots_included(post):
    server = post()
    wire = composed(replace(EDITION, language="en"), text=b".\n..\n.leading\n")
    assert b"\r\n.leading" in wire
    hand_over(server.mail, wire, "reader@example.org")
    assert server.taken == [("reader@example.org", wire)]


def test_the_answer_is_told_in_one_printable_line(post):
    server = post(data="554-5.7.1 \x1b[31mred\r\n554 \x07bell")
    assert (
        hand_over(server.mail, composed(), "reader@example.org").detail == "554 5.7.1 [31mred bell"
    )


def test_a_connection_that_breaks_before_the_final_dot_is_retried(post, monkeypatch):
    server = post()
    send = smtplib.SMTP.send

    def break_in_the_content(self, data):
        if data.startswith(b"Subject") if isinstance(data, bytes) else False:
            self.close()
        send(self, data)

    monkeypatch.setattr(smtplib.SMTP, "send", break_in_the_content)
    assert hand_over(server.mail, composed(), "reader@example.org").state == "RETRY"
    assert not server.taken


def test_a_server_that_is_down_is_no_server(nobody):
    with pytest.raises(DeliveryFailed, match="connection was refused"):
        hand_over(nobody, composed(), "reader@example.org")


def test_a_server_without_a_known_name_is_no_server(nobody):
    with pytest.raises(DeliveryFailed, match=r"check mail\.server"):
        hand_over(
            nobody.model_copy(update={"server": "smtp..example"}), composed(), "reader@example.org"
        )


def test_without_starttls_nothing_is_sent_when_it_is_demanded(post):
    server = post(settings={"starttls": True})
    with pytest.raises(DeliveryFailed, match="offers no STARTTLS"):
        hand_over(server.mail, composed(), "reader@example.org")
    assert not server.taken


# --- encryption and login -------------------------------------------------------------------------

PASSWORD = "correct-horse"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1, with its
    key: (server's context, client's context).
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    alternative = x509.SubjectAlternativeName(
        [x509.IPAddress(IPv4Address("127.0.0.1"))]  # by number: a bare machine may know no names
    )
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(alternative, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path_factory.mktemp("tls") / "both.pem"
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    plain = serialization.NoEncryption()
    pem.write_bytes(made.public_bytes(encoding) + key.private_bytes(encoding, form, plain))
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=pem)


def by_password(server, session, envelope, mechanism, data):
    return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


@pytest.fixture
def safe(post, certificate):
    """A server that demands encryption and a login."""
    demands = {
        "tls_context": certificate[0],
        "require_starttls": True,
        "auth_required": True,
        "authenticator": by_password,
    }
    settings = {"server": "127.0.0.1", "starttls": True, "username": "desk", "password": PASSWORD}
    return lambda **changes: post(server=demands, settings=settings | changes)


def test_an_encrypted_login_sends(safe, certificate):
    server = safe()
    assert hand_over(server.mail, composed(), "reader@example.org", certificate[1]).state == "SENT"
    assert len(server.taken) == 1


def test_the_password_may_lie_in_a_file(safe, certificate, tmp_path):
    file = tmp_path / "secret"
    file.write_text(PASSWORD + "\n")
    server = safe(password=None, password_file=file)
    assert hand_over(server.mail, composed(), "reader@example.org", certificate[1]).state == "SENT"


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(safe):
    server = safe()
    with pytest.raises(DeliveryFailed, match="certificate is not valid"):
        hand_over(server.mail, composed(), "reader@example.org")
    assert not server.taken


def test_a_refused_login_tells_the_code_and_never_the_password(safe, certificate):
    server = safe(password="wrong-horse")
    with pytest.raises(DeliveryFailed, match="login of desk was refused with 535") as caught:
        hand_over(server.mail, composed(), "reader@example.org", certificate[1])
    assert "horse" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_port_465_is_encrypted_from_the_first_byte(post, certificate, monkeypatch):
    server = post(server={"ssl_context": certificate[0]}, settings={"server": "127.0.0.1"})
    monkeypatch.setattr(smtp, "IMPLICIT_TLS_PORT", server.mail.port)
    assert hand_over(server.mail, composed(), "reader@example.org", certificate[1]).state == "SENT"


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"starttls": False, "password": PASSWORD}, "unencrypted"),
        ({}, "password_file"),
        ({"password": "密码"}, "ASCII"),
        ({"password_file": Path("/nowhere/secret")}, "cannot be read"),
    ],
)
def test_a_login_that_cannot_work_is_refused(settings, complaint):
    with pytest.raises(InputRefused, match=complaint):
        credentials(Mail(server="localhost", username="desk", **settings))


def test_a_password_file_that_is_no_text_is_refused_without_its_bytes(tmp_path):
    file = tmp_path / "secret"
    file.write_bytes(b"horse\xff")
    with pytest.raises(InputRefused) as caught:
        credentials(Mail(server="localhost", username="desk", password_file=file))
    assert "horse" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("starttls", "port", "said"),
    [(True, 25, "encrypted"), (False, 25, "not encrypted"), (False, 465, "encrypted")],
)
def test_how_a_server_received_us_is_said(monkeypatch, starttls, port, said):
    monkeypatch.setattr(smtp, "_session", lambda *_: smtplib.SMTP())
    server = Mail(server="mail.example.org", starttls=starttls, port=port)

    assert smtp.greeted(server) == f"answers, {said}, without a login"


@pytest.mark.parametrize(("port", "client"), [(465, "SMTP_SSL"), (587, "SMTP"), (25, "SMTP")])
def test_a_server_that_is_silent_is_waited_for_as_long_as_is_set(monkeypatch, port, client):
    asked = {}
    for name in ("SMTP", "SMTP_SSL"):
        monkeypatch.setattr(
            smtp.smtplib, name, lambda *where, name=name, **how: asked.update({name: (where, how)})
        )
    mail = Mail(server="mail.example.org", port=port, timeout_seconds=7)
    smtp._connected(mail, None)

    ((name, (where, how)),) = asked.items()
    assert (name, where, how["timeout"]) == (client, ("mail.example.org", port), 7)
