"""A simulated list of young companies worth a billion dollars or more, by year."""

import numpy as np
import polars as pl

SEED = 1000
ON_THE_LIST = {2019: 240, 2020: 260, 2021: 290, 2022: 310, 2023: 330, 2024: 350, 2025: 380}
INDUSTRIES = ("人工智能", "企业服务", "金融科技", "电子商务", "健康科技", "半导体", "航天")
FIRST_AI_SHARE = 0.06  # of the list of 2019; it grows by two points a year


def unicorns(year: int) -> pl.DataFrame:
    """The list of a year, most valuable first: rank, company, people, industry, value_cny."""
    n = ON_THE_LIST[year]
    rng = np.random.default_rng([SEED, year])
    share = FIRST_AI_SHARE + 0.02 * (year - min(ON_THE_LIST))
    others = (1 - share) / (len(INDUSTRIES) - 1)
    odds = [share, *[others] * (len(INDUSTRIES) - 1)]
    value = np.sort(np.round(70 * rng.pareto(1.1, n) + 70) * 1e8)[::-1]
    names = rng.permutation(600)[:n]
    return pl.DataFrame(
        {
            "company": [f"模拟独角兽{i:03}" for i in names],
            "people": [f"创始人{i:03}" for i in names],
            "industry": rng.choice(INDUSTRIES, n, p=odds),
            "value_cny": np.minimum(value, 3e12),
        }
    ).with_columns(rank=pl.col("value_cny").rank("min", descending=True).cast(pl.Int64))
