"""A few drawn rows of every dataset: plausible, small, and true of no day."""

from tests.drawn.companies import COMPANIES
from tests.drawn.economy import ECONOMY
from tests.drawn.market import MARKET

DRAWN = MARKET | COMPANIES | ECONOMY
