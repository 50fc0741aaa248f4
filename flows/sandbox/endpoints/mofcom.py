"""The Ministry of Commerce's data centre: total social financing by month.

It uses an old version of TLS, for which akshare brings an adapter of its own.
"""

from flows.sandbox.formats.wire import Answer, Query, Row, json_answer
from flows.sandbox.market import macro
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

# akshare names these fields by their place.
FIELDS = {
    "ndbab": "undiscounted_bills_cny",
    "entrustloan": "entrusted_loans_cny",
    "forcloan": "foreign_currency_loans_cny",
    "rmblaon": "rmb_loans_cny",
    "bibae": "corporate_bonds_cny",
    "tiosfs": "total_cny",
    "sfinfe": "equity_cny",
    "trustloan": "trust_loans_cny",
}


@endpoint("data.mofcom.gov.cn", r"/datamofcom/front/gnmy/shrzgmQuery")
def mofcom_social_financing(view: View, _query: Query) -> Answer:
    """All months, oldest first: 100 million CNY as text."""
    flows = macro.social_financing(view.market.parameters.seed)
    known = macro.published(flows, "month", view.now.date(), day=14, months_later=1)
    return json_answer([_month(row) for row in known.to_dicts()])


def _month(row: Row) -> Row:
    figures = {name: f"{row[column] / 1e8:.0f}" for name, column in FIELDS.items()}
    return {"date": f"{row['month']:%Y%m}", **figures}
