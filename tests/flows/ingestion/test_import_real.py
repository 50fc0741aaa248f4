"""The real market beside the project, imported whole: in time, and with what is set aside."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from flows.ingestion.import_files import import_path
from flows.workspace import Workspace
from warehouse.storage.store import Reader

MARKET = Path(__file__).parents[4] / "shared" / "market"


@pytest.mark.real
@pytest.mark.skipif(not MARKET.exists(), reason="the real market data are not beside the project")
def test_real_history_is_imported_within_a_minute(ws: Workspace) -> None:
    """In a minute of computing on all cores together, so
    that other tests beside it do not count.
    """
    began = time.process_time()
    done = {i.dataset: i for i in import_path(ws, MARKET)}
    assert time.process_time() - began < 60
    assert (done["index_daily"].new, done["index_daily"].corrected) == (51_755, 5)
    assert done["stock_daily"].new == 3_684_058
    aside = {name: i.quarantined for name, i in done.items() if i.quarantined}
    assert aside == {
        "index_daily": 3,
        "index_valuation": 6_986,  # they have neither P/E nor P/B nor yield
        "market_turnover": 1,
        "policy_event": 6,
        "stock_daily": 2_477,
    }
    assert "adjusted, not as traded" in done["stock_daily"].note
    with Reader.open(ws.places.current) as reader:
        assert reader.query("SELECT count(*) FROM core.stock_daily").item() == 3_684_058
