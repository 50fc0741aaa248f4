"""Eastmoney: the pools of shares at their price limit."""

from collections.abc import Callable
from datetime import date, timedelta

from flows.sandbox.formats.wire import Answer, Query, Row, day_of, json_answer
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

POOLS = "push2ex.eastmoney.com"
KEPT = timedelta(days=30)  # after which a day's pools are gone


@endpoint(POOLS, r"/getTopicZTPool")
def eastmoney_limit_up(view: View, query: Query) -> Answer:
    """Shares that closed at their upper limit: CNY per thousand shares, per cent."""
    return _pool(view, query, "up", _up)


@endpoint(POOLS, r"/getTopicDTPool")
def eastmoney_limit_down(view: View, query: Query) -> Answer:
    """Shares that closed at their lower limit."""
    return _pool(view, query, "down", _down)


@endpoint(POOLS, r"/getTopicZBPool")
def eastmoney_limit_broken(view: View, query: Query) -> Answer:
    """Shares that were at their upper limit and closed below it."""
    return _pool(view, query, "broken", _broken)


def _pool(view: View, query: Query, name: str, write: Callable[[Row], Row]) -> Answer:
    """A pool with its size; of a day that is not kept, no data.

    `qdate` is the newest trading day, whatever day was asked for.
    """
    wanted = day_of(query["date"])
    kept = view.now.date() - wanted <= KEPT and wanted <= view.bar_day
    rows = view.market.events.pool(name, wanted).to_dicts() if kept else []
    shown = [write(row | {"digits": view.market.digits(row["code"], wanted)}) for row in rows]

    def wrap(pool: list[Row]) -> Row:
        lost = not kept or (not pool and bool(shown))
        data = {"tc": len(shown), "qdate": _number(view.bar_day), "pool": pool}
        return {
            "rc": 0,
            "rt": 18,
            "svr": 181234567,
            "lt": 1,
            "full": 1,
            "data": None if lost else data,
        }

    return json_answer(shown, wrap)


def _number(day: date) -> int:
    return int(f"{day:%Y%m%d}")


def _share(row: Row) -> Row:
    """What all pools say of a share, in the order in which they say it."""
    return {
        "c": row["digits"],
        "m": int(row["code"].endswith("SH")),
        "n": row["name"],
        "p": round(row["close_cny"] * 1000),
        "zdp": 100.0 * row["change"],
        "amount": round(row["amount_cny"]),
        "ltsz": round(row["float_value"], 2),
        "tshare": round(row["value"], 2),
        "hs": 100.0 * row["turnover_rate"],
    }


def _up(row: Row) -> Row:
    return {
        **_share(row),
        "lbc": row["consecutive_days"],
        "fbt": row["first_time"],
        "lbt": row["last_time"],
        "fund": round(row["sealed_cny"]),
        "zbc": row["times_opened"],
        "hybk": row["industry"],
        "zttj": {"days": row["consecutive_days"], "ct": row["consecutive_days"]},
    }


def _down(row: Row) -> Row:
    share = _share(row)
    rate = share.pop("hs")
    return {
        **share,
        "pe": 35.0,
        "hs": rate,
        "fund": round(row["sealed_cny"]),
        "lbt": row["last_time"],
        "fba": round(row["amount_cny"] / 3),
        "days": row["consecutive_days"],
        "oc": row["times_opened"],
        "hybk": row["industry"],
    }


def _broken(row: Row) -> Row:
    share = _share(row)
    head = {k: share.pop(k) for k in ("c", "m", "n", "p")}
    return {
        **head,
        "ztp": round(row["ceiling_cny"] * 1000),
        **share,
        "fbt": row["first_time"],
        "zbc": row["times_opened"],
        "zf": 6.0,
        "zs": 0.0,
        "zttj": {"days": 1, "ct": 0},
        "hybk": row["industry"],
    }
