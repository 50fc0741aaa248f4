"""How many requests a call of each akshare function makes, and to which hosts: `make requests`.

Counted on the simulated exchange with as many shares as the mainland has, whose pages are as long
as those of the real hosts. `briefing bootstrap` plans by these figures.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections import Counter, defaultdict
from datetime import date, datetime
from pathlib import Path

from flows.bootstrap.work import asked, kind_of, spans
from flows.collect import collectable
from flows.ingestion.collection import Collection
from flows.ingestion.dependencies import share_by_share
from flows.ingestion.due_days import request_for
from flows.ingestion.fetch import perform
from flows.network.transport import Recorder, open_network
from flows.sandbox import Exchange, MarketParameters, build_market
from flows.settings import Settings
from flows.workspace import Workspace
from warehouse.cadence import Span
from warehouse.catalog import Call, Chain, Dataset, Request, Source, dataset
from warehouse.errors import SourceError
from warehouse.shanghai import SHANGHAI

STOCKS = 5_400
NOW = datetime(2026, 1, 13, 19, tzinfo=SHANGHAI)
SAMPLES = 12  # calls of each function, from its first day to its last
Counts = dict[str, list[Counter[str]]]


def main() -> None:
    """Print function, host and requests per call as csv."""
    exchange = Exchange(build_market(MarketParameters(STOCKS, date(2022, 7, 1))), NOW)
    with tempfile.TemporaryDirectory() as home:
        ws = Workspace(Settings(home=Path(home)), lambda: NOW, exchange.send)
        counts = counted(Collection(ws, bootstrap=True))
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["function", "host", "requests"])
    for function, made in sorted(counts.items()):
        total = sum(made, Counter[str]())
        for host, number in sorted(total.items()):
            out.writerow([function, host, round(number / len(made), 1)])


def counted(run: Collection) -> Counts:
    """The requests of a few calls of each function that a bootstrap calls."""
    counts: Counts = defaultdict(list)
    with open_network(run.ws) as recorder:
        for d in map(dataset, collectable()):
            for chain in d.chains:
                for span in spans(run, d, chain):
                    for source, call in samples(run, d, chain, span):
                        made = requests_of(source, call, recorder)
                        if made:
                            counts[kind_of(call)].append(made)
    return counts


def samples(
    run: Collection, d: Dataset, chain: Chain, span: Span | None
) -> list[tuple[Source, Call]]:
    """A few calls of each function of the sources that serve the part if all answer."""
    request = request_for(run, d, chain, span)
    by_share = share_by_share(d.cadence_of(chain)) if span else None
    if by_share and not request.codes:
        request = Request(request.days, run.ws.now, (by_share.example,), request.calendar)
    if not request.days:
        return []
    by_function: dict[str, list[tuple[Source, Call]]] = defaultdict(list)
    for source, calls in asked(d, chain, request):
        for call in calls if source.query is None else ():
            by_function[kind_of(call)].append((source, call))
    chosen = (some[:: max(len(some) // SAMPLES, 1)] for some in by_function.values())
    return [one for some in chosen for one in some]


def requests_of(source: Source, call: Call, recorder: Recorder) -> Counter[str]:
    """The requests of one call to each host; of one that failed none."""
    before = recorder.requests_per_host.copy()
    try:
        perform(source, call, recorder, attempts=1)
    except SourceError as error:
        sys.stderr.write(f"{error}\n")
        return Counter()
    return recorder.requests_per_host - before


if __name__ == "__main__":
    main()
