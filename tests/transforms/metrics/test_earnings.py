"""Specs of the growth of earnings: sums over a fixed basket, each against its own year before."""

from datetime import date, timedelta

import polars as pl
import pytest

from tests.markets.drawing import known

SEVEN = ("AAPL", "MSFT", "NVDA", "GOOGL", "AMZN", "META", "TSLA")
IN_HONG_KONG = ("00700", "09988", "01810", "01211", "09618")
Q3, Q4 = date(2024, 9, 30), date(2024, 12, 31)


def year_later(day: date) -> date:
    return day.replace(year=day.year + 1)


def american(*rows, lag=30):
    """(ticker, quarter end, profit) rows, known a month later or as a fourth element says."""
    lags = [row[3] if len(row) > 3 else lag for row in rows]
    frame = pl.DataFrame(
        [row[:3] for row in rows],
        schema={"ticker": pl.String, "quarter_end": pl.Date, "net_income_usd": pl.Float64},
        orient="row",
    )
    days = frame.with_columns(lag=pl.Series(lags, dtype=pl.Int64))
    return days.select(
        "ticker",
        "quarter_end",
        "net_income_usd",
        known_at=(pl.col("quarter_end") + pl.duration(days="lag")).cast(pl.Datetime("us")),
    )


def both_years(before, now, quarter=Q3, tickers=SEVEN):
    return [
        row
        for ticker, e0, e1 in zip(tickers, before, now, strict=True)
        for row in ((ticker, quarter, e0), (ticker, year_later(quarter), e1))
    ]


def hong_kong(*rows):
    """(code, period end, months, profit since the fiscal year began), known two months later."""
    frame = pl.DataFrame(
        [(f"{code}.HK", end, months, profit) for code, end, months, profit in rows],
        schema={"code": pl.String, "period_end": pl.Date, "period_months": pl.Int64,
                "net_profit_reported": pl.Float64},
        orient="row",
    )  # fmt: skip
    return known(frame, "period_end", 24 * 60)


def test_growth_is_of_the_sums_and_not_the_mean_of_growths(measure):
    rows = both_years([100, 10, 10, 10, 10, 10, 10], [110, 20, 20, 20, 20, 20, 20])

    found = measure("earnings_growth", us_megacap_earnings=american(*rows))

    assert found == {"2025-09-30": pytest.approx(230 / 160 - 1)}


def test_a_base_without_profit_gives_arc_growth(measure):
    rows = both_years([-100, 10, 10, 10, 10, 10, 10], [50, 10, 10, 10, 10, 10, 10])

    found = measure("earnings_growth", us_megacap_earnings=american(*rows))

    assert found == {"2025-09-30": pytest.approx(2 * (110 + 40) / (110 + 40))}


def test_a_quarter_is_told_when_the_last_of_the_seven_has_reported(measure):
    rows = both_years([10] * 7, [20] * 7)
    late = [(*row, 50) if row[0] == "NVDA" else row for row in rows]
    frame = american(*late)
    missing = frame.filter((pl.col("ticker") != "NVDA") | (pl.col("quarter_end") == Q3))

    assert measure("earnings_growth", us_megacap_earnings=missing) == {}
    found = measure("earnings_growth", us_megacap_earnings=frame, column="known_at")
    assert str(found["2025-09-30"]) == "2025-11-19 00:00:00"


def test_who_never_reports_is_left_out_of_both_years_once_the_next_quarter_begins(measure):
    rows = both_years([100, 10, 10, 10, 10, 10, 10], [0, 20, 20, 20, 20, 20, 20])
    without = [row for row in rows if row[:2] != ("AAPL", year_later(Q3))]
    next_quarter = ("MSFT", year_later(Q4), 1.0, 5)

    found = measure("earnings_growth", us_megacap_earnings=american(*without, next_quarter))
    n = measure("earnings_growth", us_megacap_earnings=american(*without, next_quarter), column="n")

    assert found == {"2025-09-30": pytest.approx(120 / 60 - 1)}
    assert n == {"2025-09-30": 6}


def test_a_report_after_the_quarter_was_told_changes_nothing(measure):
    rows = both_years([10] * 7, [20] * 6 + [90])
    late = [(*row, 100) if row[:2] == ("TSLA", year_later(Q3)) else row for row in rows]
    next_quarter = ("MSFT", year_later(Q4), 1.0, 5)

    found = measure("earnings_growth", us_megacap_earnings=american(*late, next_quarter))

    assert found == {"2025-09-30": pytest.approx(1.0)}


def test_fewer_than_five_of_seven_say_nothing(measure):
    rows = both_years([10] * 4, [20] * 4, tickers=SEVEN[:4])

    assert measure("earnings_growth", us_megacap_earnings=american(*rows)) == {}


def test_a_quarter_that_ends_in_january_belongs_to_the_year_before(measure):
    rows = both_years([10] * 6, [20] * 6, quarter=Q4 - timedelta(days=366), tickers=SEVEN[:6])
    january = [("TSLA", date(2024, 1, 31), 10.0), ("TSLA", date(2025, 1, 31), 30.0)]

    found = measure("earnings_growth", us_megacap_earnings=american(*rows, *january))

    assert found == {"2024-12-31": pytest.approx(150 / 70 - 1)}


def cumulated(code, start, quarters, year_end=12):
    """Cumulative reports out of single quarters, the first one ending three months after start."""
    rows, total, months = [], 0.0, 0
    for n, single in enumerate(quarters):
        month = start.month + 3 * (n + 1)
        end = date(start.year + (month - 1) // 12, (month - 1) % 12 + 1, 1) - timedelta(days=1)
        total, months = total + single, months + 3
        rows.append((code, end, months, total))
        if end.month == year_end:
            total, months = 0.0, 0
    return rows


def test_cumulative_reports_are_taken_apart_into_quarters(measure):
    """Alibaba's fiscal year ends in March; its quarters lie beside those of the others."""
    rows = [
        row
        for code in IN_HONG_KONG
        if code != "09988"
        for row in cumulated(code, date(2024, 1, 1), [10, 10, 10, 10, 20, 20, 30, 20])
    ]
    rows += cumulated("09988", date(2024, 4, 1), [10] * 4 + [20, 50, 20], year_end=3)

    found = measure("earnings_growth", hk_megacap_earnings=hong_kong(*rows))

    assert found["2025-09-30"] == pytest.approx((4 * 30 + 50) / (5 * 10) - 1)


def test_a_half_year_is_compared_with_a_half_year_and_counts_per_quarter(measure):
    rows = [
        row
        for code in IN_HONG_KONG[1:]
        for row in cumulated(code, date(2024, 1, 1), [10] * 4 + [20] * 2)
    ]
    halves = [
        ("00700", date(2024, 6, 30), 6, 40),
        ("00700", date(2024, 12, 31), 12, 80),
        ("00700", date(2025, 6, 30), 6, 100),
    ]

    found = measure("earnings_growth", hk_megacap_earnings=hong_kong(*rows, *halves))

    assert found["2025-06-30"] == pytest.approx((4 * 20 + 50) / (4 * 10 + 20) - 1)


def dollars_of_smic(fx):
    rows = [
        row for code in IN_HONG_KONG for row in cumulated(code, date(2024, 1, 1), [10] * 4 + [10])
    ]
    rows += cumulated("00981", date(2024, 1, 1), [10] * 4 + [20])
    return {"hk_megacap_earnings": hong_kong(*rows), **fx}


def test_dollars_need_a_rate_and_weigh_by_it(measure):
    rate = pl.DataFrame(
        {"currency": ["USD"], "rate_date": [date(2024, 1, 2)], "cny_per_unit": [7.0]}
    ).pipe(known, "rate_date")

    without = measure("earnings_growth", **dollars_of_smic({}))
    found = measure("earnings_growth", **dollars_of_smic({"fx_rate": rate}))

    assert without["2025-03-31"] == 0.0
    assert found["2025-03-31"] == pytest.approx((50 + 140) / (50 + 70) - 1)


def test_the_mainland_report_of_a_company_listed_twice_goes_first(measure):
    rows = [
        row for code in IN_HONG_KONG for row in cumulated(code, date(2024, 1, 1), [10] * 4 + [10])
    ]
    mainland = pl.DataFrame(
        {
            "code": ["002594.SZ"] * 2,
            "period_end": [date(2024, 3, 31), date(2025, 3, 31)],
            "net_profit_cny": [10.0, 60.0],
        }
    ).pipe(known, "period_end", 24 * 28)

    found = measure(
        "earnings_growth", hk_megacap_earnings=hong_kong(*rows), earnings_report=mainland
    )

    assert found["2025-03-31"] == pytest.approx((40 + 60) / 50 - 1)


def test_four_quarters_are_held_against_the_four_before(measure):
    quarters = [date(2023, 12, 31), date(2024, 3, 31), date(2024, 6, 30), Q3,
                Q4, date(2025, 3, 31), date(2025, 6, 30), date(2025, 9, 30)]  # fmt: skip
    rows = [
        (ticker, end, 10.0 + n * (ticker == "NVDA"))
        for ticker in SEVEN
        for n, end in enumerate(quarters)
    ]

    found = measure("earnings_growth_ttm", us_megacap_earnings=american(*rows))

    assert found == {"2025-09-30": pytest.approx((280 + 4 + 5 + 6 + 7) / (280 + 0 + 1 + 2 + 3) - 1)}


def gaps(*pairs):
    """Both baskets with these growths of China and America, quarter by quarter from 2023 on."""
    ends = [date(2022 + n // 4, 3 * (n % 4) + 3, 30 if n % 4 in (1, 2) else 31) for n in range(16)]
    profits = {(0, n): (100.0, 100.0) for n in range(4)}
    profits |= {(1, n + 4): pair for n, pair in enumerate(pairs)}
    china, america = [100.0] * 4, [100.0] * 4
    for cn, us in pairs:
        china.append(china[-4] * (1 + cn))
        america.append(america[-4] * (1 + us))
    rows = [(t, end, us) for t in SEVEN for end, us in zip(ends, america, strict=False)]
    reported = [row for code in IN_HONG_KONG for row in cumulated(code, date(2022, 1, 1), china)]
    return {"us_megacap_earnings": american(*rows), "hk_megacap_earnings": hong_kong(*reported)}


def test_the_gap_is_of_quarters_that_both_have_finished(measure):
    found = measure("earnings_growth_gap", **gaps((0.1, 0.3), (0.5, 0.2)))

    assert found == {"2023-03-31": pytest.approx(-0.2), "2023-06-30": pytest.approx(0.3)}


def test_a_crossover_is_told_after_two_quarters_of_the_new_sign(measure):
    one = measure("earnings_crossover", **gaps((0.1, 0.4), (0.4, 0.3)))
    two = gaps((0.1, 0.4), (0.4, 0.3), (0.6, 0.3))

    assert one == {}
    assert list(measure("earnings_crossover", **two).values()) == [1.0]
    known_at = measure("earnings_crossover", **two, column="known_at")
    # Gaps of -0.3 and 0.1, known on 30 May and 29 August: three quarters of 91 days after the
    # first.
    assert list(known_at) == ["2023-08-06"]
    assert str(known_at["2023-08-06"])[:10] == "2023-11-29"


def test_a_sign_of_one_quarter_is_no_crossover(measure):
    wobble = gaps((0.1, 0.4), (0.4, 0.3), (0.1, 0.3), (0.1, 0.2))

    assert measure("earnings_crossover", **wobble) == {}


def test_mainland_growth_is_told_once_after_the_season(measure):
    codes = [f"600{n:03d}.SH" for n in range(1, 32)]
    ends = [date(2024, 9, 30), date(2024, 6, 30), date(2025, 6, 30), date(2025, 9, 30)]
    frame = pl.DataFrame(
        [(code, end, 10.0 * end.month * (1 + (end.year == 2025))) for code in codes for end in ends],
        schema=["code", "period_end", "net_profit_cny"],
        orient="row",
    )  # fmt: skip
    on_time = known(frame, "period_end", 24 * 28)
    sessions = known(
        pl.DataFrame({"code": "000001.SH", "trade_date": [date(2025, 10, 30), date(2025, 11, 3)],
                      "close": 1.0}), "trade_date"
    )  # fmt: skip
    late = pl.col("code") == codes[0]
    one_late = on_time.with_columns(
        known_at=pl.when(late).then(pl.col("known_at").dt.offset_by("90d")).otherwise("known_at")
    )
    named = {"metric": "earnings_growth_a_shares", "index_daily": sessions}

    assert measure(**named, earnings_report=on_time) == {"2025-09-30": pytest.approx(1.0)}
    assert measure(**named, earnings_report=on_time, column="n") == {"2025-09-30": 31}
    assert measure(**named, earnings_report=one_late, column="n") == {"2025-09-30": 30}
    told = measure(**named, earnings_report=on_time, column="known_at")
    assert str(told["2025-09-30"])[:10] == "2025-11-03"
    most_late = on_time.with_columns(
        known_at=pl.when(pl.col("period_end") == date(2025, 9, 30))
        .then(pl.col("known_at").dt.offset_by("70d"))
        .otherwise("known_at")
    )
    collected = measure(**named, earnings_report=most_late, column="known_at")
    assert str(collected["2025-09-30"])[:10] == "2026-01-06", "a season that was collected later"
    before = sessions.head(1)
    assert measure("earnings_growth_a_shares", index_daily=before, earnings_report=on_time) == {}


def test_expected_growth_is_of_sums_and_takes_one_currency(measure):
    rows = [
        (code, year, 10.0 if year == 2026 else 12.0)
        for code in (*IN_HONG_KONG, "00981")
        for year in (2026, 2027)
    ]
    frame = pl.DataFrame(
        [
            (date(2026, 1, 5), f"{code}.HK", year, "USD" if code == "00981" else "CNY", profit)
            for code, year, profit in rows
        ],
        schema=["snapshot_date", "code", "fiscal_year", "currency", "net_profit_reported"],
        orient="row",
    ).pipe(known, "snapshot_date")

    assert measure("earnings_growth_expected", hk_consensus=frame) == {
        "2026-01-05": pytest.approx(0.2)
    }
    assert measure("earnings_growth_expected", hk_consensus=frame, column="n") == {"2026-01-05": 5}


def test_revisions_are_of_a_broker_against_itself(measure):
    first, second = date(2025, 9, 1), date(2025, 12, 15)
    rows = [
        (day, f"600{n:03d}.SH", "A", eps)
        for n in range(60)
        for day, eps in ((first, 1.0), (second, 1.1 if n < 45 else 0.9))
    ]
    others = [(second, f"600{n:03d}.SH", "B", 0.1) for n in range(60)]
    frame = pl.DataFrame(
        [*rows, *others], schema=["report_date", "code", "broker", "eps_cny"], orient="row"
    ).with_columns(
        fiscal_year=2025,
        eps_next_year_cny=pl.lit(None, pl.Float64),
        eps_second_year_cny=pl.lit(None, pl.Float64),
    )

    found = measure("eps_revision_breadth_90d", analyst_eps=known(frame, "report_date"))

    assert found == {"2025-12-15": pytest.approx((45 - 15) / 60)}


def test_a_profit_that_is_no_number_is_a_report_that_is_missing(measure):
    rows = both_years([10] * 7, [20] * 6 + [float("nan")])
    next_quarter = ("MSFT", year_later(Q4), 1.0, 5)

    assert measure("earnings_growth", us_megacap_earnings=american(*rows)) == {}
    found = measure("earnings_growth", us_megacap_earnings=american(*rows, next_quarter))
    assert found == {"2025-09-30": pytest.approx(1.0)}


@pytest.mark.parametrize("metric", ["earnings_growth", "earnings_growth_gap", "earnings_crossover"])
def test_without_reports_there_is_no_growth(measure, metric):
    assert measure(metric, us_megacap_earnings=american()) == {}
    assert measure(metric, us_megacap_earnings=american(("NVDA", Q3, 1.0))) == {}


@pytest.mark.parametrize(
    ("metric", "dataset"),
    [("guidance_rising_share", "earnings_guidance"), ("flash_rising_share", "earnings_flash")],
)
def test_a_company_counts_once_by_its_newest_notice(measure, metric, dataset):
    """Thirty companies, of which 20 expect more; one of those takes it back a week later."""
    first, second = date(2026, 1, 5), date(2026, 1, 12)
    codes = [f"600{n:03d}.SH" for n in range(30)]
    rows = [(code, first, 2.0 if n < 20 else 0.5) for n, code in enumerate(codes)]
    rows.append((codes[0], second, 0.1))
    frame = pl.DataFrame(rows, schema=["code", "notice_date", "net_profit_cny"], orient="row")
    told = frame.with_columns(period_end=Q4, net_profit_year_ago_cny=1.0)
    frames = {dataset: known(told, "notice_date")}

    assert measure(metric, **frames) == pytest.approx(
        {"2026-01-05": 20 / 30, "2026-01-12": 19 / 30}
    )
    assert set(measure(metric, column="n", **frames).values()) == {30}
    assert measure(metric, **{dataset: known(told.head(29), "notice_date")}) == {}
