"""The mainland indices that metrics, outlook and pages name, by their codes."""

from __future__ import annotations

SHANGHAI = "000001.SH"  # Shanghai Composite
SHENZHEN = "399001.SZ"  # Shenzhen Component
CSI_300 = "000300.SH"
CHINEXT = "399006.SZ"
STAR_50 = "000688.SH"
LEADING = (CSI_300, CHINEXT, STAR_50)  # the broad market and the two boards of technology
