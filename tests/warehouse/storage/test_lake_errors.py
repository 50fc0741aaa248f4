"""What DuckDB says of a lake, as an error that names what to do."""

from __future__ import annotations

import duckdb
import pytest

from warehouse.errors import (
    BriefingError,
    InputRefused,
    LakeUnreachable,
    WarehouseDamaged,
    WarehouseUnavailable,
)
from warehouse.storage.connection import lake_errors, query_errors

pytestmark = pytest.mark.unit
NAME = "s3://lake/core/ducklake-01a22bfe-e452-7e03-8c96-00d7404f50d6.parquet"
SAID = [
    (f"Could not connect to server error for HTTP PUT to '{NAME}'", LakeUnreachable, "Postgres and S3 run"),
    (f"Unable to connect to URL {NAME}: Not Found (HTTP code 404)", WarehouseDamaged, "there; if so, bring the file back"),
    ('Cannot open file "/lake/a.parquet": No such file or directory', WarehouseDamaged, "there; if so, bring the file back"),
    (f"Unable to connect to URL {NAME}: Forbidden (HTTP code 403)", WarehouseUnavailable, "s3_key_id"),
    ('Failed to create directory "/lake": No such file', WarehouseUnavailable, "cannot be written"),
    ('Could not write file "/lake/a.parquet": No space left on device', WarehouseUnavailable, "make room"),
]  # fmt: skip


LOST = [
    duckdb.InvalidInputException("Attempting to fetch from an unsuccessful query result"),
    duckdb.BinderException("Failed to query most recent snapshot for DuckLake: server closed"),
    duckdb.BinderException("Failed to describe: server closed the connection unexpectedly"),
    duckdb.CatalogException("terminating connection due to administrator command"),
]


@pytest.mark.parametrize("error", LOST)
def test_a_server_that_is_lost_within_a_statement_is_not_the_statements_fault(
    error: duckdb.Error,
) -> None:
    with pytest.raises(LakeUnreachable), query_errors():
        raise error


@pytest.mark.parametrize("kind", [duckdb.InvalidInputException, duckdb.BinderException])
def test_a_mistake_of_a_statement_stays_one(kind: type[duckdb.Error]) -> None:
    with pytest.raises(InputRefused), query_errors():
        raise kind("Values were not provided; Referenced column timed out not found")


@pytest.mark.parametrize(("said", "kind", "told"), SAID)
def test_what_duckdb_says_of_a_lake_is_told_as_what_it_is(
    said: str, kind: type[BriefingError], told: str
):
    with pytest.raises(kind, match=told) as raised, lake_errors("the lake"):
        raise duckdb.IOException(said)
    assert raised.type is kind
