"""The services that carry alerts to the operator, and the pings of a healthchecks service.

Addresses are secrets: nothing here is logged, shown or raised with any part of one.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from typing import Any, Literal
from unittest.mock import patch
from urllib.parse import unquote, urlsplit

import apprise
import requests
from pydantic import SecretStr
from requests.adapters import HTTPAdapter

from flows.workspace import Workspace

LOG = logging.getLogger(__name__)
PING_SECONDS = 10
WORTH_HIDING = 4  # characters; shorter pieces of an address are no secret
UNUSABLE = "is not an address that apprise knows or can use; see `Alerts` in docs/operating.md"
# Where these say whether they took a message; anything but 0 is a refusal, which apprise overlooks.
NUMBERED = {"wecombot": "errcode", "dingtalk": "errcode", "feishu": "code", "lark": "code"}


@dataclass(frozen=True)
class Channel:
    """One of notify.urls; `service` is None when nothing can be sent there."""

    number: int
    address: SecretStr
    service: apprise.NotifyBase | None
    trouble: str

    @property
    def scheme(self) -> str:
        """The kind of service, which is no secret."""
        scheme, colon, _ = self.address.get_secret_value().partition("://")
        return scheme.lower() if colon else ""

    @property
    def label(self) -> str:
        """Which one, without its secrets."""
        return f"{self.number} ({self.scheme})" if self.scheme else str(self.number)


@dataclass(frozen=True)
class Receipt:
    """Whether a channel took a message, and if not, why."""

    channel: Channel
    taken: bool
    reason: str

    @property
    def said(self) -> str:
        result = "taken" if self.taken else f"not taken: {self.reason}"
        return f"{self.channel.label}: {result}"


def channels(ws: Workspace) -> list[Channel]:
    """Where messages go, in the order of the settings."""
    # Nothing is kept between runs, and no key pair is made.
    asset = apprise.AppriseAsset(app_id="briefing", pem_autogen=False, pgp_autogen=False)
    found = []
    for number, address in enumerate(ws.settings.notify.urls, start=1):
        with overheard() as log:
            service = apprise.Apprise.instantiate(address.get_secret_value(), asset=asset)
        reasons = "" if service else f"{UNUSABLE} {scrubbed(log.getvalue(), address)}".strip()
        found.append(Channel(number, address, service, reasons))
    return found


def send(channel: Channel, subject: str, body: str) -> Receipt:
    """Whether the service took the message. Never inside `open_network`, which would archive it."""
    if channel.service is None:
        return Receipt(channel, taken=False, reason=channel.trouble)
    target = apprise.Apprise()
    target.add(channel.service)
    with overheard() as log, answered() as answers:
        taken = target.notify(title=subject, body=body, body_format=apprise.NotifyFormat.TEXT)
    refusals = [said for answer in answers if (said := refusal(channel, answer))]
    if taken and not refusals:
        return Receipt(channel, taken=True, reason="")
    reason = scrubbed(" ".join([*refusals, log.getvalue()]), channel.address)
    return Receipt(channel, taken=False, reason=reason or "the service gave no reason")


@contextmanager
def answered() -> Iterator[list[requests.Response]]:
    """Inside, every answer that requests gets, which apprise keeps to itself."""
    ask, answers = HTTPAdapter.send, list[requests.Response]()

    def keep(
        self: HTTPAdapter, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        answers.append(ask(self, request, **options))
        return answers[-1]

    with patch.object(HTTPAdapter, "send", keep):
        yield answers


def refusal(channel: Channel, answer: requests.Response) -> str | None:
    """What a service says that answers a wrong key with status 200 and a number in the body."""
    number = NUMBERED.get(channel.scheme)
    if number is None:
        return None
    try:
        said = answer.json()
    except requests.JSONDecodeError:
        return f"the answer is not JSON (status {answer.status_code})"
    return answer.text[:200] if isinstance(said, dict) and said.get(number) else None


@contextmanager
def overheard() -> Iterator[StringIO]:
    """Inside, what apprise logs is kept from every other log: it may hold parts of addresses."""
    logger = logging.getLogger("apprise")
    before, logger.propagate = logger.propagate, False
    try:
        capture = apprise.LogCapture(level=logging.WARNING, fmt="%(message)s")  # type: ignore[no-untyped-call]
        with capture as log:
            yield log
    finally:
        logger.propagate = before


def scrubbed(text: str, address: SecretStr) -> str:
    """A text in one line, without any part of an address but its scheme."""
    secret = address.get_secret_value().rpartition("://")[2]  # all of it where there is no scheme
    pieces = {p for form in (secret, unquote(secret)) for p in re.split(r"[/:@?&=,+]+", form)}
    for piece in sorted(pieces, key=len, reverse=True):
        if len(piece) >= WORTH_HIDING:
            text = text.replace(piece, "…")
    return " ".join(text.split())


def ping(ws: Workspace, stage: Literal["start", "success", "fail"]) -> str | None:
    """Tell the check how a run stands; why it was not taken, if so.

    A check that does not answer is logged and stops nothing.
    """
    address = ws.settings.notify.ping_url
    if address is None:
        return None
    url = urlsplit(address.get_secret_value())
    path = url.path.rstrip("/") + ("" if stage == "success" else f"/{stage}")
    try:
        # streamed: the status is enough, and a body that never ends is never read
        with requests.get(
            url._replace(path=path).geturl(), timeout=PING_SECONDS, stream=True
        ) as heard:
            trouble = None if heard.ok else f"status {heard.status_code}"
    except requests.RequestException as error:
        trouble = type(error).__name__  # its message holds the address
    if trouble:
        LOG.warning("notify.ping_url did not take %s: %s; the run goes on", stage, trouble)
    return trouble
