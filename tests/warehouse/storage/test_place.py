"""Where a lake is, in the statements that DuckDB is given and in the words of a message."""

from __future__ import annotations

import pytest

from warehouse.storage.place import Place

FOLDER = Place("dbname=briefing host=db port=5433 user=me password=geheim", "/srv/lake")
S3 = Place("dbname=briefing", "s3://bucket/prefix", key_id="me", secret="it's")


def test_a_message_names_the_database_and_nothing_of_who_logs_in() -> None:
    assert FOLDER.label == "the lake (dbname=briefing host=db port=5433)"


def test_neither_does_a_place_that_is_printed_tell_its_secret() -> None:
    assert "it's" not in repr(S3)


@pytest.mark.parametrize(
    ("snapshot", "create", "options"),
    [
        (None, True, ""),
        (None, False, ", CREATE_IF_NOT_EXISTS false"),
        (7, False, ", CREATE_IF_NOT_EXISTS false, READ_ONLY, SNAPSHOT_VERSION 7"),
        (0, False, ", CREATE_IF_NOT_EXISTS false, READ_ONLY, SNAPSHOT_VERSION 0"),
    ],
)
def test_only_who_makes_a_lake_may_find_none_and_a_snapshot_is_only_read(
    snapshot: int | None, *, create: bool, options: str
) -> None:
    assert FOLDER.attach(snapshot, create=create) == (
        "ATTACH 'ducklake:postgres:dbname=briefing host=db port=5433 user=me password=geheim' "
        f"AS lake (METADATA_SCHEMA 'ducklake', DATA_PATH '/srv/lake'{options})"
    )


def test_a_folder_needs_no_key() -> None:
    assert not FOLDER.on_s3
    assert FOLDER.credentials() is None


def test_the_key_of_a_bucket_is_quoted() -> None:
    assert S3.on_s3
    assert S3.credentials() == (
        "CREATE SECRET (TYPE s3, REGION 'us-east-1', KEY_ID 'me', SECRET 'it''s')"
    )


@pytest.mark.parametrize(("key_id", "secret"), [("me", None), (None, "word"), (None, None)])
def test_half_a_key_is_none(key_id: str | None, secret: str | None) -> None:
    place = Place("dbname=briefing", "s3://bucket", region="eu", key_id=key_id, secret=secret)
    assert place.credentials() == "CREATE SECRET (TYPE s3, REGION 'eu')"


@pytest.mark.parametrize(
    ("endpoint", "secure"), [("https://s3.local:9000", "true"), ("http://s3.local:9000", "false")]
)
def test_an_s3_of_ones_own_is_asked_by_path_and_as_safely_as_its_address_says(
    endpoint: str, secure: str
) -> None:
    place = Place("dbname=briefing", "s3://bucket", endpoint=endpoint)
    assert place.credentials() == (
        "CREATE SECRET (TYPE s3, REGION 'us-east-1', ENDPOINT 's3.local:9000', "
        f"USE_SSL {secure}, URL_STYLE 'path')"
    )
