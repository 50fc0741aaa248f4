"""Collection of the whole market through akshare, offline: the runs of two days, and a back-fill
that is killed and goes on. Every run is a process of its own, as in production.

Memory includes the simulated market, which in production is on the other side of the network.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests

from benchmarks.alone import Disqualified, Run, Task, alone, peak_memory
from benchmarks.budgets import BUDGETS, compared
from benchmarks.race import Line
from warehouse.shanghai import SHANGHAI

# ruff: noqa: PLC0415 - prefect takes seconds, and only the contestants need it
WHOLE_MARKET = 5400
# The scheduled runs from the first collection on, a Friday's; budgets are for those that have a
# name of their own: the first one looks five days back, and Monday's first has a weekend's news.
RUNS = (
    ("2026-01-09T16:45", "first collection"),
    ("2026-01-10T09:00", "weekly"),
    ("2026-01-12T09:10", "Monday morning"),
    ("2026-01-12T16:45", "evening"),
    ("2026-01-13T09:10", "morning"),
)
MOST_MEMORY = 1500  # MB
SPAN = (date(2023, 1, 3), date(2026, 1, 9))
REPORT = "report.json"
Send = Callable[[requests.PreparedRequest], requests.Response]


def collected(home: str, stocks: int, moment: str) -> Sequence[Task]:
    """What a scheduled run does; the answer is the number of new rows."""
    from flows.ingestion.fetch import akshare
    from flows.sandbox import Exchange, MarketParameters, build_market
    from flows.settings import Settings
    from flows.workspace import Workspace

    os.environ["TQDM_DISABLE"] = "1"
    now = datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)
    exchange = Exchange(build_market(MarketParameters(stocks=stocks)), now)
    akshare()
    return [partial(gathered, Workspace(Settings(home=Path(home)), lambda: now, exchange.send))]


def gathered(ws: Any) -> float:
    """Collect, publish, and leave a report of what came, from whom, and what did not."""
    from flows.collect import CollectionIncomplete, gather

    before = peak_memory()
    try:
        outcomes = gather(ws)
    except CollectionIncomplete as incomplete:
        outcomes = incomplete.outcomes
    ws.publish()
    rows = Counter[str]()
    for outcome in outcomes:
        rows[outcome.dataset] += outcome.new
    report = {
        "rows": rows,
        "missing": [o.shortfall for o in outcomes if o.missing],
        "market": before,
        **quality(ws),
    }
    (ws.places.home / REPORT).write_text(json.dumps(report), encoding="utf-8")
    return float(rows.total())


def quality(ws: Any) -> dict[str, Any]:
    """What this run set aside, as `dataset.column rule`, and which formats it found changed."""
    now = [ws.now_utc]
    with ws.reading_writer() as reader:
        aside = reader.query(
            "SELECT dataset || '.' || column_name || ' ' || rule, count(*) FROM raw.rejected "
            "WHERE rejected_at = ? GROUP BY ALL ORDER BY ALL",
            now,
        )
        drifted = reader.query(
            "SELECT message FROM meta.incident WHERE happened_at = ? AND kind = 'SourceDrifted'",
            now,
        )
    return {"aside": dict(aside.iter_rows()), "drifted": drifted["message"].to_list()}


def hosts_asked(home: Path, day: str) -> Counter[str]:
    """Requests per host of a day, out of the request log."""
    from flows.network.request_log import RequestLog

    lines = RequestLog(home / "raw" / day / "requests.csv").lines()
    return Counter(line[1] for line in lines)


def days(*, stocks: int) -> Iterator[Line | str]:
    """The scheduled runs, one after another in one home."""
    with TemporaryDirectory(prefix="briefing-bench-") as folder:
        home, before = Path(folder), Counter[str]()
        for moment, what in RUNS:
            run = alone(collected, home=folder, stocks=stocks, moment=moment)
            report = json.loads((home / REPORT).read_text(encoding="utf-8"))
            asked = hosts_asked(home, moment[:10]) - (before if moment[11:] > "12" else Counter())
            before = asked
            size = f"{stocks:,} shares, {int(run.answer):,} rows"
            yield Line(f"{what} {moment[:10]}", size, run)
            yield from told(moment, what, asked, report, run)


def told(
    moment: str, what: str, asked: Counter[str], report: dict[str, Any], run: Run
) -> Iterator[str]:
    """What a run asked and got, in sentences."""
    if what in BUDGETS:
        yield from compared(what, asked)
    else:
        hosts = ", ".join(f"{host} {number}" for host, number in asked.most_common())
        yield f"{moment}: {asked.total()} requests: {hosts}"
    rows = ", ".join(f"{name} {n:,}" for name, n in sorted(report["rows"].items()) if n)
    yield f"{moment}: new rows: {rows}"
    aside = ", ".join(f"{what} {n:,}" for what, n in report["aside"].items())
    yield f"{moment}: set aside: {aside or 'nothing'}; formats changed: {len(report['drifted'])}"
    for message in report["drifted"]:
        yield f"{moment}: {message[:200]}"
    for shortfall in report["missing"]:
        yield f"{moment}: {shortfall[:200]}"
    if run.peak > MOST_MEMORY:
        yield f"{moment}: {run.peak:,.0f} MB are more than the budget of {MOST_MEMORY:,} MB"


def backfilled(home: str, stocks: int, unit: int, killed_at: int) -> Sequence[Task]:
    """Three years of bars, share by share; with `killed_at`, the process dies at that request."""
    from flows.collect import gather
    from flows.ingestion import source_run
    from flows.sandbox import Exchange, MarketParameters, build_market
    from flows.settings import Settings
    from flows.workspace import Workspace

    source_run.UNIT = unit
    now = datetime(2026, 1, 12, 12, tzinfo=SHANGHAI)
    exchange = Exchange(build_market(MarketParameters(stocks=stocks)), now)

    def send(request: requests.PreparedRequest) -> requests.Response:
        if killed_at and len(exchange.log) >= killed_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return exchange.send(request)

    ws = Workspace(Settings(home=Path(home)), lambda: now, send)

    def task() -> float:
        gather(ws, ["security", "stock_daily"], SPAN)
        with ws.reading_writer() as reader:
            assert reader is not None
            return float(reader.query("SELECT count(*) FROM core.stock_daily").item())

    return [task]


def killed_and_resumed(*, stocks: int, unit: int) -> Iterator[Line | str]:
    """The back-fill, killed with five units of six loaded, and the run that finishes it."""
    with TemporaryDirectory(prefix="briefing-bench-") as folder:
        killed_at = 2 * (5 * unit + unit // 2)
        arguments: dict[str, str | float] = {"home": folder, "stocks": stocks, "unit": unit}
        command = [
            sys.executable,
            "-m",
            "benchmarks.alone",
            "benchmarks.collection:backfilled",
            json.dumps(arguments | {"killed_at": killed_at}),
        ]
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own interpreter and arguments
        if done.returncode != -signal.SIGKILL:
            raise Disqualified(f"the back-fill was to be killed:\n{done.stderr.decode()[-2000:]}")
        before = hosts_asked(Path(folder), "2026-01-12")
        again = alone(backfilled, **arguments, killed_at=0)
        asked = hosts_asked(Path(folder), "2026-01-12") - before
        yield Line("back-fill after kill -9", f"{stocks} shares, {again.answer:,.0f} bars", again)
        shares = asked["stock.finance.sina.com.cn"]
        if shares > stocks - 5 * unit:
            raise Disqualified(f"{shares} shares were asked for again, of {stocks - 5 * unit} left")
        yield (
            f"back-fill of {stocks} shares, 3 years, in units of {unit}: killed at request "
            f"{before.total()} with {5 * unit} shares loaded, finished by asking for {shares} shares; "
            f"no finished unit is repeated. All {WHOLE_MARKET:,} take {2 * WHOLE_MARKET:,} requests"
        )


def lines(*, quick: bool) -> Iterator[Line | str]:
    """Both, on a tenth of the market if it has to be quick."""
    yield from days(stocks=WHOLE_MARKET // 10 if quick else WHOLE_MARKET)
    yield from killed_and_resumed(stocks=60 if quick else 300, unit=10 if quick else 50)
