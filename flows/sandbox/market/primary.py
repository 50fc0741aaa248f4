"""The simulated primary market: who applies to be listed, meets the committee, issues, and when.

Everything hangs together: a company that lists has applied, was reviewed and registered before, and
the money of a month is the sum of its issues.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from flows.sandbox.market.companies import REAL_NUMBER
from flows.sandbox.market.paths import Floats
from flows.sandbox.market.story import INDUSTRIES
from flows.sandbox.market.trading_days import Days, trading_days

APPLICANTS = 4150  # on the exchanges' lists, beside a market of real size
VENUES = {
    "SSE Main": "沪主板",
    "SZSE Main": "深主板",
    "SSE STAR": "科创板",
    "SZSE ChiNext": "创业板",
    "BSE BSE": "北交所",
}
STEPS = ("已受理", "已问询", "上市委会议通过", "已收到注册申请材料", "注册生效")
STEP_DAYS = ((10, 25), (60, 140), (4, 12), (20, 80))  # trading days from each step to the next
PASSED, ENDED = STEPS[2], "终止"
SINCE = np.datetime64("2019-04-01")  # the first application under registration
SIZES = (5e6, 2e10)  # shares in the smallest and in the largest issue
PROVINCES = ("北京", "上海", "广东", "江苏", "浙江", "安徽", "四川")
SPONSORS = ("模拟证券股份有限公司", "虚构证券有限责任公司", "假设国际金融股份有限公司")


@dataclass(frozen=True)
class PrimaryMarket:
    """Applications, meetings and issues; public or not."""

    companies: pl.DataFrame
    story_issues: pl.DataFrame  # those that list on the market's days
    days: Days
    seed: int

    @cached_property
    def issues(self) -> pl.DataFrame:
        """All issues since 2010, columns as in `money.mainland_issues`."""
        before = pl.col("listing_date").is_between(pl.date(2010, 1, 4), self.days[0].item(), "left")
        old = self.companies.filter(before)
        luck = self._luck(61).uniform(size=(3, len(old)))
        stands_for = max(1.0, REAL_NUMBER / len(self.companies))  # one issue is one, in any market
        offer = np.round(np.maximum(old["price"].to_numpy() * (0.3 + 0.5 * luck[0]), 2.0), 2)
        part = (0.1 + 0.15 * luck[1]) / stands_for
        shares = np.round(old["shares"].to_numpy() * part / 1e4) * 1e4
        past = old.with_columns(
            issue_shares=pl.Series(shares),
            apply_date=_days(_position(old["listing_date"]) - 7),
            offer_price_cny=pl.Series(offer),
            proceeds_cny=pl.lit(0.0),
            first_day_close_cny=pl.Series(np.round(offer * (0.95 + 0.8 * luck[2]), 2)),
        )
        issues = pl.concat([past.select(self.story_issues.columns), self.story_issues])
        possible = issues.with_columns(pl.col("issue_shares").clip(*SIZES))
        return possible.with_columns(
            proceeds_cny=pl.col("offer_price_cny") * pl.col("issue_shares")
        ).sort("listing_date", "code")

    @cached_property
    def applicants(self) -> pl.DataFrame:
        """One row per application: company, short, code (null unless it lists), venue, province,
        industry, sponsor, issue_shares, funds_cny, listing_date, and the day of each step, null if
        it is never reached.
        """
        return pl.concat([self._that_list(), self._that_do_not()])

    def _that_list(self) -> pl.DataFrame:
        """Their steps lie before the subscription."""
        recent = self.issues.filter(pl.col("apply_date") >= pl.date(2020, 6, 1))
        rng = self._luck(62)
        gaps = [rng.integers(*span, len(recent)) for span in (*STEP_DAYS, (5, 15))]
        back = np.cumsum(np.column_stack(gaps)[:, ::-1], axis=1)[:, ::-1]
        frame = recent.select(
            "code",
            "listing_date",
            "issue_shares",
            company=pl.col("name") + "股份有限公司",
            short="name",
            venue=pl.concat_str("exchange", "board", separator=" ").replace_strict(VENUES),
            funds_cny=pl.col("proceeds_cny").round(),
        )
        steps = _position(recent["apply_date"])[:, None] - back
        return _described(frame, steps, np.full(len(frame), np.nan), rng)

    def _that_do_not(self) -> pl.DataFrame:
        """Still waiting, registered without an issue yet, or ended somewhere on the way."""
        rng = self._luck(63)
        n = max(round(APPLICANTS * len(self.companies) / REAL_NUMBER) - len(self._that_list()), 40)
        first, last = np.searchsorted(trading_days(), np.array([SINCE, self.days[-1]]))
        accepted = rng.integers(first, last, n)
        gaps = [np.zeros(n, dtype=np.int64), *(rng.integers(*span, n) for span in STEP_DAYS)]
        steps = accepted[:, None] + np.cumsum(np.column_stack(gaps), axis=1).astype(float)
        ended = np.where(rng.random(n) < 0.5, accepted + rng.integers(30, 160, n), np.nan)
        ended[steps[:, -1] < ended] = np.nan
        steps[steps >= ended[:, None]] = np.nan
        names = pl.Series("short", [f"模拟申报{i + 1:04}" for i in range(n)])
        shares = np.round(rng.uniform(1.5e7, 1.2e8, n) / 1e4) * 1e4
        frame = pl.DataFrame(
            {
                "short": names,
                "company": names + "股份有限公司",
                "venue": rng.choice(list(VENUES.values()), n, p=(0.15, 0.15, 0.25, 0.25, 0.2)),
                "issue_shares": shares,
                "funds_cny": np.round(shares * rng.uniform(5, 40, n)),
            }
        )
        frame = frame.with_columns(code=pl.lit(None, pl.String), listing_date=pl.lit(None, pl.Date))
        return _described(frame, steps, ended, rng)

    @cached_property
    def progress(self) -> pl.DataFrame:
        """One row per step of an application: what it is about, status, updated_on."""
        about = ["company", "code", "venue", "province", "industry", "sponsor"]
        accepted = pl.col(STEPS[0]).alias("accepted_on")
        return (
            self.applicants.with_columns(accepted)
            .unpivot([*STEPS, ENDED], index=[*about, "accepted_on"], variable_name="status")
            .rename({"value": "updated_on"})
            .drop_nulls("updated_on")
        )

    @cached_property
    def meetings(self) -> pl.DataFrame:
        """Review meetings: company, short, code, venue, sponsor, issue_shares, funds_cny,
        listing_date, review_date, notice_date, result. Some are put off and held again.
        """
        row = pl.int_range(pl.len())
        reviewed = self.applicants.filter(pl.col(STEPS[1]).is_not_null())
        held = reviewed.drop_nulls(PASSED)
        failed = reviewed.filter(pl.col(PASSED).is_null(), pl.col(ENDED).is_not_null())
        parts = [
            _met(self._before_registration(), "apply_date", 60, "通过"),
            _met(held, PASSED, 0, "通过"),
            _met(held.filter(row % 17 == 3), PASSED, 8, "暂缓表决"),
            _met(failed.filter(row % 3 == 0), ENDED, 2, "未通过"),
            _met(failed.filter(row % 3 == 1), ENDED, 2, "取消审核"),
        ]
        met = pl.concat(parts, how="diagonal_relaxed")
        return met.unique(["company", "review_date"], keep="first", maintain_order=True)

    def _before_registration(self) -> pl.DataFrame:
        """The issues that the regulator's own committee approved."""
        return self.issues.filter(pl.col("apply_date") < pl.date(2020, 6, 1)).with_columns(
            company=pl.col("name") + "股份有限公司",
            short="name",
            venue=pl.concat_str("exchange", "board", separator=" ").replace_strict(VENUES),
            sponsor=pl.lit(SPONSORS[0]),
            funds_cny=pl.col("proceeds_cny").round(),
        )

    @cached_property
    def raised(self) -> pl.DataFrame:
        """Money raised by shares in each month since 2010: month (its first day), ipo_cny,
        follow_on_cny, rights_cny (null in most months), total_cny, published_on.
        """
        month = pl.col("listing_date").dt.truncate("1mo").alias("month")
        million = (pl.col("proceeds_cny").sum() / 1e6).round() * 1e6  # two digits of 亿元
        issued = self.issues.group_by(month).agg(ipo_cny=million)
        first = pl.date(2010, 1, 1)
        months = pl.select(pl.date_range(first, self.days[-1].item(), "1mo").alias("month"))
        luck = self._luck(65)
        follow_on = np.round(luck.lognormal(23.9, 0.7, len(months)), -6)
        rights = np.where(luck.random(len(months)) < 0.25, np.round(follow_on * 0.2, -6), np.nan)
        parts = pl.col("ipo_cny", "follow_on_cny", "rights_cny")
        return (
            months.with_columns(
                follow_on_cny=pl.Series(follow_on), rights_cny=pl.Series(rights).fill_nan(None)
            )
            .join(issued, on="month", how="left", maintain_order="left")
            .with_columns(pl.col("ipo_cny").fill_null(0.0))
            .with_columns(total_cny=pl.sum_horizontal(parts))
            .with_columns(published_on=pl.col("month").dt.offset_by("1mo").dt.offset_by("9d"))
        )

    def _luck(self, number: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, number])


MEETING = ("company", "short", "code", "venue", "sponsor", "issue_shares", "funds_cny", "listing_date")  # fmt: skip


def _met(frame: pl.DataFrame, day: str, before: int, result: str) -> pl.DataFrame:
    """Meetings so many trading days before a day of each application, announced a week ahead."""
    met = _position(frame[day]) - before
    return frame.select(
        *MEETING, review_date=_days(met), notice_date=_days(met - 5), result=pl.lit(result)
    )


def _described(
    frame: pl.DataFrame, steps: Floats, ended: Floats, rng: np.random.Generator
) -> pl.DataFrame:
    """Applications with the days of their steps, and who they are."""
    n = len(frame)
    columns = [_days(steps[:, k]).alias(step) for k, step in enumerate(STEPS)]
    described = frame.with_columns(
        *columns,
        _days(ended).alias(ENDED),
        province=pl.Series(rng.choice(PROVINCES, n)),
        industry=pl.Series(rng.choice([i.name for i in INDUSTRIES], n)),
        sponsor=pl.Series(rng.choice(SPONSORS, n)),
    )
    return described.select(*MEETING, "province", "industry", *STEPS, ENDED)


def _position(days: pl.Series) -> Floats:
    """Where days stand in the calendar."""
    found = np.searchsorted(trading_days(), days.to_numpy().astype("datetime64[D]"))
    return found.astype(float)


def _days(positions: Floats) -> pl.Series:
    """The days at positions in the calendar; none for NaN and beyond its end."""
    calendar = trading_days()
    there = (positions >= 0) & (positions < len(calendar))
    days = calendar[np.where(there, positions, 0).astype(int)]
    return pl.Series(np.where(there, days, np.datetime64("NaT"))).cast(pl.Date)
