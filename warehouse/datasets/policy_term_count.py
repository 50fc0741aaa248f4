"""How often the evening news speaks of the terms of industrial policy, by day of broadcast.

Counted from the texts in `policy_news`, titles included, by longest match: 人工智能+ is not also
人工智能. It is a table and not a view, because counts of years whose texts nobody may pass on can
be imported beside our own, and because a metric reads it as it was known on a day. A day without a
broadcast in the warehouse has no rows: that is not zero.
"""

from __future__ import annotations

from datetime import time

import dataframely as dy
import polars as pl

from warehouse.cadence import EventDays
from warehouse.catalog import Call, Chain, Dataset, Figure, Publication, Request, Source
from warehouse.contract import Table, count, day, measure, text
from warehouse.units import Unit


class PolicyTermCount(Table):
    """Mentions of policy terms in the evening news, with the length of the broadcast."""

    broadcast_date = day("Day of the broadcast", key=True)
    term = text("The term, see policy_term", key=True)
    hits = count("Mentions in titles and texts, by longest match", min=0, max=5_000)
    items_with_term = count("Items that mention the term", nullable=True, min=0, max=200)
    items = count("Items of the broadcast whose text is known", min=1, max=200)
    items_without_text = count(
        "Items of which only the title is known", nullable=True, min=0, max=200
    )
    characters = count("Characters of titles and texts", min=1, max=500_000)
    share_of_items = measure(
        "Items that mention the term over items", Unit.FRACTION, nullable=True, min=0, max=1
    )

    @dy.rule()
    def items_with_term_agree_with_the_hits(cls) -> pl.Expr:
        """Each item that mentions a term does so at least once, and no mention is outside them."""
        items, hits = pl.col("items_with_term"), pl.col("hits")
        return (items <= hits) & (items <= pl.col("items")) & ((items > 0) == (hits > 0))

    @dy.rule()
    def share_of_items_is_their_share(cls) -> pl.Expr:
        """The share is the items that mention the term over all of known text."""
        share = pl.col("items_with_term") / pl.col("items")
        return (pl.col("share_of_items") - share).abs() < 0.001


# Every item of the days with the terms that count then, the longest first.
TEXTS = """
    SELECT n.broadcast_date, n.position, n.title, n.text,
           (SELECT list(term ORDER BY length(term) DESC) FROM core.policy_term
            WHERE valid_from <= n.broadcast_date) AS terms
    FROM core.policy_news n WHERE list_contains($1, n.broadcast_date)
"""


def ask(request: Request) -> list[Call]:
    return [Call("core.policy_news", {"date": f"{d:%Y%m%d}"}, (d,)) for d in request.days]


def read(items: pl.DataFrame, _call: Call) -> pl.DataFrame:
    """One row per day and term, also for terms that were not mentioned."""
    terms: list[str] = items["terms"][0].to_list()
    in_the_text = items.select(
        "broadcast_date",
        "text",
        words=pl.concat_str("title", pl.lit("\n"), pl.col("text").fill_null("")),
    ).with_columns(found=pl.col("words").str.extract_many(terms, leftmost=True))
    known = pl.col("text").is_not_null()
    counted = in_the_text.group_by("broadcast_date").agg(
        known.sum().cast(pl.Int64).alias("items"),
        (~known).sum().cast(pl.Int64).alias("items_without_text"),
        (pl.col("words").str.len_chars() - 1).sum().cast(pl.Int64).alias("characters"),
        *(pl.col("found").list.count_matches(t).sum().alias(f"hits {t}") for t in terms),
        *(pl.col("found").list.contains(t).sum().alias(f"items {t}") for t in terms),
    )
    return pl.concat(per_term(counted, term) for term in terms)


def per_term(counted: pl.DataFrame, term: str) -> pl.DataFrame:
    mentions = pl.col(f"items {term}").cast(pl.Int64)
    return counted.select(
        "broadcast_date",
        "items",
        "items_without_text",
        "characters",
        term=pl.lit(term),
        hits=pl.col(f"hits {term}").cast(pl.Int64),
        items_with_term=mentions,
        share_of_items=mentions / pl.col("items"),
    )


def one_column_per_term(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of a file with a column of counts for each
    term; a day without items was not seen.
    """
    about = ["broadcast_date", "items", "characters"]
    long = rows.rename({"chars": "characters"}).unpivot(
        index=about, variable_name="term", value_name="hits"
    )
    unknown = {
        "items_with_term": pl.Int64,
        "items_without_text": pl.Int64,
        "share_of_items": pl.Float64,
    }
    return long.filter(pl.col("items").cast(pl.Int64) > 0).with_columns(
        pl.lit(None, kind).alias(name) for name, kind in unknown.items()
    )


NEWS = Source("evening news", "", frozenset({"text", "terms"}), ask, read, query=TEXTS, apart=True)

DATASET = Dataset(
    name="policy_term_count",
    label="Policy terms in the evening news",
    grain="one row per broadcast and term",
    contract=PolicyTermCount,
    publication=Publication("broadcast_date", time(21, 30)),
    cadence=EventDays(every_day=True),
    chains=(Chain("CCTV", (NEWS,)),),
    foreign={"policy_keyword_counts": one_column_per_term},
    figures=(
        Figure("items", near=30, typical=(4, 60)),
        Figure("characters", typical=(200, 5e4)),
    ),
)
