"""How far a number of the settings may go, and what a word of them may be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from flows import settings as all_settings
from flows.settings import (
    Host,
    Mail,
    Measuring,
    Notify,
    Recipient,
    Sandbox,
    Settings,
    Warehouse,
    Workers,
    known,
    one_line,
    plain_dsn,
    shared_folder,
    valid_address,
    web_folder,
)

# Of each number what is taken still, and what not any more.
BOUNDS = [
    (Mail, "port", 1, 0), (Mail, "port", 65535, 65536), (Mail, "max_bytes", 1, 0),
    (Mail, "timeout_seconds", 0.1, 0),
    (Notify, "deadline_hours", 0.1, 0), (Notify, "deadline_hours", 48, 48.1),
    (Host, "min_interval_seconds", 0, -0.1), (Host, "jitter_seconds", 0, -0.1),
    (Host, "daily_budget", 1, 0), (Host, "give_up_after", 1, 0),
    (Host, "cool_down_seconds", 0, -0.1),
    (Sandbox, "stocks", 30, 29), (Sandbox, "stocks", 6000, 6001),
    (Workers, "heartbeat_seconds", 2, 1.9),
    (Measuring, "workers", 0, -1), (Measuring, "partitions_from", 0, -1),
    (Measuring, "memory", "1.5GiB", "1.5 G"), (Measuring, "memory", "900 MB", "MB"),
    (Settings, "timeout_seconds", 0.1, 0), (Settings, "deadline_seconds", 0.1, 0),
    (Settings, "body_megabytes", 0.1, 0), (Settings, "keep_snapshots", 2, 1),
    (Settings, "prefect_port", 1, 0), (Settings, "prefect_port", 65535, 65536),
]  # fmt: skip


@pytest.mark.parametrize(("section", "key", "taken", "refused"), BOUNDS)
def test_a_setting_has_its_bounds(
    tmp_path: Path, section: type[BaseModel], key: str, taken: object, refused: object
) -> None:
    home = {"home": tmp_path} if section is Settings else {}
    assert getattr(section(**home, **{key: taken}), key) == taken
    with pytest.raises(ValidationError, match=key):
        section(**home, **{key: refused})


DEFAULTS = [
    (Mail, {"port": 587, "starttls": True, "max_bytes": 10_000_000, "timeout_seconds": 30,
            "server": None, "username": None, "password": None, "password_file": None,
            "sender": "briefing@localhost", "sender_name": None, "reply_to": None,
            "recipients": [], "unsubscribed": [], "issues_url": None}),
    (Notify, {"urls": [], "ping_url": None, "deadline_hours": 3}),
    (Host, {"min_interval_seconds": 1.0, "jitter_seconds": 0.5, "daily_budget": 20_000,
            "give_up_after": 5, "cool_down_seconds": 900}),
    (Workers, {"database": None, "heartbeat_seconds": 60, "pool": None}),
    (Measuring, {"workers": 0, "memory": "1 GB", "partitions_from": 20_000_000}),
    (Warehouse, {"lake": None, "data": None, "s3_region": "us-east-1", "s3_key_id": None,
                 "s3_endpoint": None, "s3_secret": None, "s3_secret_file": None}),
]  # fmt: skip


@pytest.mark.parametrize(("section", "values"), DEFAULTS)
def test_a_section_that_says_nothing_has_its_defaults(
    section: type[BaseModel], values: dict[str, object]
) -> None:
    assert section().model_dump() == values


@pytest.mark.parametrize(
    ("check", "taken", "refused"),
    [
        (valid_address, ["a@b.cn", "a.b+c@d-e.f.org", "me@localhost"],
         ["a", "a@b", "a@@b.cn", "a b@c.cn", "a@b.cn ", "a@-b.cn", "<a@b.cn>", "me@localhosts"]),
        (web_folder, ["https://a.cn/", "http://a.cn/b/"],
         ["ftp://a.cn/", "https://", "https://a.cn/<", "https://a.cn/?b", "https://a.cn/#b", "https://a b/"]),
        (plain_dsn, ["postgres:dbname=x", "postgres:host=db dbname=x passfile=/x"],
         ["dbname=x", "postgres:host=db", "postgres:dbname=x password=y", "postgres:dbname=x password = y"]),
        (shared_folder, ["s3://bucket", "s3://bucket/a/b", "/srv/lake"],
         ["s3://", "lake", "/", "http://a.cn/", "s3://a b"]),
        (one_line, ["A name", "名字"], ["", " ", "a\nb", "a\x07"]),
    ],
)  # fmt: skip
def test_a_word_of_the_settings_is_what_it_stands_for(check, taken, refused) -> None:
    for word in taken:
        assert check(word).rstrip("/") == word.rstrip("/")
    for word in refused:
        with pytest.raises(ValueError, match=r"."):
            check(word)


def test_folders_end_alike_and_names_have_nothing_around_them() -> None:
    assert web_folder("https://a.cn") == web_folder("https://a.cn//") == "https://a.cn/"
    assert shared_folder("/srv/lake/") == "/srv/lake"
    assert one_line(" A name ") == "A name"


def test_a_bare_address_reads_english() -> None:
    assert Mail(recipients=["a@b.cn"]).recipients == [Recipient(address="a@b.cn", lang="en")]


def test_nobody_is_listed_with_two_languages() -> None:
    twice = [{"address": "a@b.cn"}, {"address": "A@b.cn"}]
    assert len(Mail(recipients=twice).recipients) == 2
    with pytest.raises(ValidationError, match="with two languages"):
        Mail(recipients=[twice[0], twice[1] | {"lang": "zh"}])


def test_replies_go_to_the_sender_unless_another_is_named() -> None:
    assert Mail().answers == "briefing@localhost"
    assert Mail(reply_to="a@b.cn").answers == "a@b.cn"


LAKE = {"lake": "postgres:dbname=x", "data": "/srv/lake"}


def test_a_lake_has_a_place_for_its_files_and_a_secret_out_of_a_file(tmp_path: Path) -> None:
    for half, said in LAKE.items():
        with pytest.raises(ValidationError, match="belong together"):
            Warehouse(**{half: said})
    assert Warehouse().place is None
    place = Warehouse(**LAKE).place
    assert place is not None
    assert (place.dsn, place.data, place.endpoint, place.region) == (
        "dbname=x", "/srv/lake", None, "us-east-1",
    )  # fmt: skip
    assert (place.key_id, place.secret) == (None, None)
    (tmp_path / "key").write_text("in a file\r\n")
    said = {"s3_key_id": "me", "s3_secret": "said", "s3_endpoint": "https://s3.local"}
    place = Warehouse(**LAKE, **said).place
    assert place is not None
    assert (place.key_id, place.secret, place.endpoint) == ("me", "said", "https://s3.local")
    place = Warehouse(**LAKE, **said, s3_secret_file=tmp_path / "key").place
    assert place is not None and place.secret == "in a file"


def test_workers_agree_in_their_database_or_else_in_that_of_the_lake(tmp_path: Path) -> None:
    alone = Settings(home=tmp_path)
    assert alone.coordination is None
    shared = Settings(home=tmp_path, warehouse=Warehouse(**LAKE))
    assert shared.coordination == "dbname=x"
    own = Workers(database=SecretStr("dbname=y"))
    assert (
        Settings(home=tmp_path, warehouse=shared.warehouse, workers=own).coordination == "dbname=y"
    )


def test_a_variable_is_known_by_its_section(monkeypatch: pytest.MonkeyPatch) -> None:
    assert known("BRIEFING_MAIL__SERVER") and known("BRIEFING_HOME")
    assert not known("BRIEFING_MAILS__SERVER") and not known("BRIEFING_")
    where = re.escape(str(all_settings.settings_file()))
    assert re.fullmatch(rf"mail\.port \({where}\)", all_settings.place(("mail", "port")))
    monkeypatch.setenv("BRIEFING_MAIL", "{}")
    assert all_settings.place(("mail", "port")) == "mail.port (BRIEFING_MAIL)"
    monkeypatch.setenv("BRIEFING_MAIL__PORT", "0")
    assert all_settings.place(("mail", "port")) == "mail.port (BRIEFING_MAIL__PORT)"
