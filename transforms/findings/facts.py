"""The numbers of findings as facts: what an issue prints of them can be explained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from transforms.engine.metric import lineage
from transforms.facts import Fact, fact_id, stored_query
from transforms.findings.finding import Finding

# The metrics and datasets that the numbers of each kind follow from.
INDICES, SHARES = ("index_daily",), ("stock_daily", "security", "theme_membership")
MARGIN, AXES = ("margin_financing_balance_cny",), ("structural_momentum", "overheating")
READS = {
    "index_change": INDICES,
    "index_day": INDICES,
    "index_high": INDICES,
    "index_low": INDICES,
    "rsi_zone": INDICES,
    "turnover_total": ("turnover_cny", "turnover_to_tradable_cap"),
    "turnover_high": ("turnover_cny", "turnover_to_tradable_cap"),
    "turnover_low": ("turnover_cny",),
    "limit_ups": ("limit_up_share", "limit_sealed_rate"),
    "financing_change": MARGIN,
    "financing_day": MARGIN,
    "financing_high": MARGIN,
    "purchases_level": ("margin_intensity_5d",),
    "breadth_week": SHARES,
    "breadth_day": SHARES,
    "breadth_flip": SHARES,
    "breadth_narrow": (*SHARES, *INDICES),
    "above_average": SHARES,
    "crowding_level": ("crowding",),
    "runups": ("runup_30d_ge_90pct_count",),
    "theme_move": SHARES,
    "warnings": ("announcement",),
    "first_days": ("ipo_hk", "ipo_a"),
    "proceeds": ("ipo_hk",),
    "pipeline": ("ipo_pipeline",),
    "unicorns": ("unicorn_count",),
    "earnings_gap": ("earnings_growth",),
    "revisions": ("analyst_eps",),
    "pe_level": ("pe_ttm",),
    "risk_premium": ("equity_risk_premium",),
    "southbound": ("stock_connect",),
    "etf_inflow": ("etf_inflow_20d_cny",),
    "policy_words": ("policy_term_count", "policy_term"),
    "policy_event": ("policy_event",),
    "psy": INDICES,
    "lppls": INDICES,
    "state": AXES,
    "axes": AXES,
    "axis": AXES,
    "partial_axis": AXES,
    "missing": (),
    "restated": (),
    "quiet": (),
}


def finding_facts(
    ranking: Sequence[Finding], as_of: date, sources: Mapping[str, Sequence[str]]
) -> Iterator[Fact]:
    """Each number of each finding; sources: names of the sources by dataset."""
    for one in ranking:
        origins = _origins(one, sources)
        for role, number in one.numbers.items():
            metric = f"finding_{one.kind}_{role}"
            where = {"kind": one.kind, "entity": one.entity, "role": role}
            yield Fact(
                fact_id=fact_id(metric, one.entity, number.day),
                metric=metric,
                entity=one.entity,
                observation_date=number.day,
                value=number.value,
                unit=number.unit,
                known_at=number.known_at,
                n_obs=one.rarity.observations,
                first_observation=one.rarity.first,
                sources=origins,
                query=stored_query("mart.finding_number", "value", as_of, where),
            )


def _origins(one: Finding, sources: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The sources of the datasets that a finding follows from; of what is missing, its own."""
    read = READS[one.kind] or (one.entity,)
    datasets = frozenset().union(*(lineage(name) for name in read))
    return tuple(sorted({origin for name in datasets for origin in sources.get(name, ())}))
