"""What a perfect source would say of warnings, suspensions, price limits and the evening news."""

import polars as pl

from flows.sandbox.archive import archived
from flows.sandbox.market.broadcast import broadcast, days_of
from flows.sandbox.market.events import POOLS
from flows.sandbox.market.market import Market
from warehouse.datasets.limit_pool import DATASET as LIMIT_POOL
from warehouse.datasets.policy_term import DATASET as POLICY_TERM
from warehouse.files import reference


@archived("announcement")
def warnings(market: Market) -> pl.DataFrame:
    return market.events.warnings.select("code", "announcement_date", "title", "kind", "name")


@archived("suspension")
def suspensions(market: Market) -> pl.DataFrame:
    return market.events.suspensions.drop("last_day")


@archived("limit_pool")
def limit_pools(market: Market) -> pl.DataFrame:
    days = [day.item() for day in market.days]
    pools = [market.events.pool(name, day) for day in days for name in POOLS]
    counts = pl.when(pl.col("pool") != "broken").then(pl.col("consecutive_days", "sealed_cny"))
    return pl.concat(pools).with_columns(counts).select(LIMIT_POOL.contract.column_names())


@archived("policy_news")
def evening_news(market: Market) -> pl.DataFrame:
    first, last = market.days[[0, -1]].astype(object)
    return pl.DataFrame(
        [
            {"broadcast_date": day, "position": place, **item._asdict()}
            for day in days_of(first, last)
            for place, item in enumerate(broadcast(day, market.parameters.seed), start=1)
        ]
    )


@archived("policy_term_count")
def term_counts(market: Market) -> pl.DataFrame:
    """Counted word by word, without the reader that the warehouse uses."""
    dated = dict(reference(POLICY_TERM).select("term", "valid_from").iter_rows())
    rows = []
    for (day,), items in evening_news(market).group_by("broadcast_date", maintain_order=True):
        words = [f"{title}\n{text}" for title, text in items.select("title", "text").iter_rows()]
        terms = [term for term, since in dated.items() if since <= day]
        about = {
            "broadcast_date": day,
            "items": len(words),
            "items_without_text": 0,
            "characters": sum(len(w) - 1 for w in words),
        }
        rows += [{**about, "term": t, **_mentions(t, terms, words)} for t in terms]
    share = pl.col("items_with_term") / pl.col("items")
    return pl.DataFrame(rows).with_columns(share_of_items=share)


def _mentions(term: str, terms: list[str], words: list[str]) -> dict[str, int]:
    """How often a term is mentioned, not as a part of a longer one, and in how many items."""
    longer = [other for other in terms if term in other and term != other]
    hits = [w.count(term) - sum(w.count(other) for other in longer) for w in words]
    return {"hits": sum(hits), "items_with_term": sum(h > 0 for h in hits)}
