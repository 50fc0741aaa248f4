"""Drawn rows of the state and the economy: evening news, money, yields, currencies, prices."""

from datetime import date

D12, D13 = date(2026, 1, 12), date(2026, 1, 13)

ECONOMY = {
    "policy_news": {
        "broadcast_date": [D12, D12],
        "position": [1, 2],
        "title": ["新质生产力加快形成", "国际联播快讯"],
        "text": ["新质生产力正在各地形成。", None],
    },
    "policy_term": {
        "term": ["芯片"],
        "basket": ["SEMI"],
        "valid_from": [date(2012, 7, 2)],
        "list_version": ["2026-01-12"],
    },
    "policy_term_count": {
        "broadcast_date": [D12, D12],
        "term": ["新质生产力", "芯片"],
        "hits": [2, 0],
        "items_with_term": [1, 0],
        "items": [13, 13],
        "items_without_text": [1, 1],
        "characters": [7600, 7600],
        "share_of_items": [1 / 13, 0.0],
    },
    "lpr": {"quoted_on": [date(2025, 12, 22)], "lpr_1y": [0.03], "lpr_5y": [0.035]},
    "money_supply": {
        "month": [date(2025, 11, 1)],
        "m2_cny": [3.37e14],
        "m2_yoy": [0.08],
        "m1_cny": [1.129e14],
        "m1_yoy": [0.049],
        "m1_definition": ["from 2025"],
        "m0_cny": [1.374e13],
        "m0_yoy": [0.106],
    },
    "social_financing": {
        "month": [date(2025, 11, 1)],
        "total_cny": [2.4885e12],
        "rmb_loans_cny": [4.053e11],
        "foreign_currency_loans_cny": [-1.5e10],
        "entrusted_loans_cny": [1.4e10],
        "trust_loans_cny": [8.4e10],
        "undiscounted_bills_cny": [1.49e11],
        "corporate_bonds_cny": [4.169e11],
        "equity_cny": [3.42e10],
        "new_loans_cny": [3.9e11],
    },
    "government_yield": {
        "country": ["CN", "US"],
        "yield_date": [D12, D12],
        "yield_2y": [0.0138, 0.0353],
        "yield_5y": [0.0162, 0.0375],
        "yield_10y": [0.0187, 0.0418],
        "yield_30y": [0.0231, 0.0483],
    },
    "fx_rate": {
        "currency": ["USD", "HKD"],
        "rate_date": [D13, D13],
        "cny_per_unit": [7.0103, 0.8991],
    },
    "pmi": {
        "month": [date(2025, 12, 1)],
        "manufacturing_pmi": [50.1],
        "non_manufacturing_pmi": [50.2],
    },
    "cpi": {"month": [date(2025, 12, 1)], "cpi_yoy": [0.008], "cpi_mom": [0.002]},
    "gdp": {"quarter": [date(2025, 7, 1)], "gdp_cny": [3.545e13], "gdp_yoy": [0.048]},
}
