"""What an operator of a lake is told, before it is made and after; how machines find each other."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from flows.lake import compacted, made
from flows.workspace import Workspace
from tests.lake.conftest import Team
from tests.lake.services import Services
from warehouse.errors import WarehouseUnavailable
from warehouse.storage.lake import Lake
from warehouse.storage.publish import Places

pytestmark = pytest.mark.lake


@pytest.fixture(scope="module")
def ws(team: Team) -> Workspace:
    return team("first")


@pytest.fixture(scope="module")
def lake(ws: Workspace) -> Lake:
    assert isinstance(ws.store, Lake)
    return ws.store


def told(lake: Lake) -> dict[str, str]:
    return dict(lake.account())


def test_before_it_is_made_every_command_says_how_to_make_it(ws: Workspace, lake: Lake):
    assert told(lake)["state"] == "not there yet; `briefing lake init` makes it"
    with pytest.raises(WarehouseUnavailable, match="`briefing lake init` makes an empty one"):
        compacted(ws)
    with pytest.raises(WarehouseUnavailable, match="nothing was published from the lake"):
        lake.export("version", 2)


def test_its_size_its_versions_and_who_writes_are_told(ws: Workspace, lake: Lake):
    assert "is ready" in made(ws)
    ws.publish()
    assert re.fullmatch(r"\d+\.\d MB in [\d,]+ files", told(lake)["size"])
    assert (told(lake)["state"], told(lake)["writing now"]) == ("in use", "nobody")
    assert re.fullmatch(r"20260120T\S+, snapshot \d+", told(lake)["published"])
    with ws.writing("fund_daily"):
        assert told(lake)["writing now"].startswith("briefing ")


def test_a_lake_that_could_not_be_made_to_the_end_is_told(
    lake: Lake, services: Services, tmp_path: Path
):
    dsn = services.settings()["lake"].removeprefix("postgres:")
    place = replace(lake.place, dsn=dsn, data="s3://lake/half")
    with pytest.raises(WarehouseUnavailable, match="S3 refuses the key"):
        Lake(replace(place, secret="wrong"), Places(tmp_path)).init()
    half = Lake(place, Places(tmp_path))
    assert told(half)["state"] == "half made; `briefing lake init` completes it"
    half.init()
    assert told(half)["state"] == "in use"


def test_files_elsewhere_than_the_catalogue_says_are_refused(lake: Lake):
    elsewhere = Lake(replace(lake.place, data="s3://lake/elsewhere"), lake.places)
    for attempt in (elsewhere.init, elsewhere.published):
        with pytest.raises(
            WarehouseUnavailable, match=r"its files elsewhere\. Set warehouse\.data"
        ):
            attempt()


def test_machines_that_write_the_address_differently_share_their_locks(
    ws: Workspace, lake: Lake, services: Services, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PGPASSWORD", services.postgres.password)  # the file names 127.0.0.1
    dsn = lake.place.dsn.replace("host=127.0.0.1", "hostaddr=127.0.0.1 host=localhost")
    otherwise = Lake(replace(lake.place, dsn=re.sub(r" passfile=\S+", "", dsn)), lake.places)
    assert otherwise.place.label != lake.place.label
    with (
        ws.writing("fund_daily"),
        otherwise.session() as session,
        pytest.raises(WarehouseUnavailable, match="has been writing"),
    ):
        session.lock("fund_daily", wait_seconds=0.05)


def test_a_wrong_key_and_a_wrong_password_are_told_as_what_they_are(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    elsewhere = Lake(replace(lake.place, secret="wrong"), lake.places)
    for look in (elsewhere.init, lambda: told(elsewhere)):
        with pytest.raises(WarehouseUnavailable, match="S3 refuses the key"):
            look()
    with (
        pytest.raises(
            WarehouseUnavailable, match=r"S3 refuses the key.*warehouse\.s3_key_id"
        ) as key,
        elsewhere.alone_with() as warehouse,
        warehouse.transaction(),
    ):
        warehouse.refill("meta.gap", warehouse.query("FROM meta.gap"))
    monkeypatch.setenv("PGPASSWORD", "wrong")
    dsn = re.sub(r" passfile=\S+", f" passfile={tmp_path}/none", lake.place.dsn)
    with pytest.raises(WarehouseUnavailable, match=r"Postgres refuses: .*PGPASSWORD") as password:
        Lake(replace(lake.place, dsn=dsn), lake.places).published()
    assert {key.type, password.type} == {WarehouseUnavailable}, "no outage, which is waited for"
