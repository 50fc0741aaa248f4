"""Who gets an issue, and the language that each of them reads."""

from __future__ import annotations

from collections.abc import Sequence

from flows.delivery.message import checked
from flows.delivery.outbox import earlier_letters, may_have
from flows.editions import OFFERED, Choice, Edition, Language, languages
from flows.settings import Recipient
from flows.workspace import Workspace
from warehouse.errors import InputRefused
from warehouse.records.deliveries import standing


def recipients(
    ws: Workspace, to: Sequence[str] = (), lang: Choice | None = None
) -> list[Recipient]:
    """Those named, or those of the settings, with their languages.

    lang: one language for all of them. Somebody whom the settings do not know reads English.
    Without a server the sender stands in, so that there is an .eml to look at and to forward.
    Raises InputRefused for what is no address, and when somebody is named who has unsubscribed.
    """
    mail = ws.settings.mail
    gone = {one.casefold() for one in mail.unsubscribed}
    listed = {one.address.casefold(): one for one in mail.recipients}
    if to:
        named = checked(to)
        if left := [one for one in named if one.casefold() in gone]:
            raise InputRefused(f"{', '.join(left)}: stands in mail.unsubscribed; nobody was mailed")
        chosen = [listed.get(a.casefold(), Recipient(address=a)) for a in named]
    else:
        chosen = [one for who, one in listed.items() if who not in gone]
        if not (chosen or mail.server):
            chosen = [Recipient(address=mail.sender)]
    if lang in OFFERED:
        chosen = [one.model_copy(update={"lang": lang}) for one in chosen]
    return chosen


def wanted_languages(
    ws: Workspace, lang: Choice | None, to: Sequence[str] = ()
) -> tuple[Language, ...]:
    """The languages of the choice, or else those that somebody reads; English where nobody does."""
    if lang:
        return languages(lang)
    read = {one.lang for one in recipients(ws, to)}
    return tuple(one for one in OFFERED if one in read) or ("en",)


def readers_of(ws: Workspace, edition: Edition, lang: Choice | None = None) -> list[str]:
    """Who gets an edition that is mailed to nobody in particular.

    Those who have an earlier revision of it, whoever they are, and of the settings those who read
    its language and have no edition in another one; with `lang` all of the settings.
    """
    gone = {one.casefold() for one in ws.settings.mail.unsubscribed}
    with ws.writing() as warehouse:
        had = earlier_letters(ws, warehouse, edition)
        steps = [one for one in standing(warehouse, edition.issue_id) if may_have(ws, one)]
    others = {
        one.recipient.casefold() for one in steps if not lang and one.language != edition.language
    }
    corrected = {
        one.recipient.casefold(): one.recipient
        for one in steps
        if one.recipient.casefold() in {*had} - gone and one.language == edition.language
    }
    due = {
        one.address.casefold(): one.address
        for one in recipients(ws, lang=lang)
        if one.lang == edition.language
    }
    return list({**{who: a for who, a in due.items() if who not in others}, **corrected}.values())
