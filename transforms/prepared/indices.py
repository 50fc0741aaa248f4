"""The indices that metrics, findings, outlook and pages name, by their codes."""

from __future__ import annotations

SHANGHAI_COMPOSITE = "000001.SH"  # leads the pages
SHENZHEN = "399001.SZ"  # Shenzhen Component
CSI_300 = "000300.SH"
CHINEXT = "399006.SZ"
STAR_50 = "000688.SH"
HANG_SENG, HANG_SENG_TECH, NASDAQ_100 = "HSI.HK", "HSTECH.HK", "NDX.US"
BROAD = (SHANGHAI_COMPOSITE, SHENZHEN)  # both exchanges as a whole: the longest histories
CSI_ALL_SHARE = "000985.CSI"
# Artificial intelligence on the mainland; those of the two boards begin in 2024.
AI_INDICES = ("930713.CSI", "931071.CSI", "950180.CSI", "970070.SZ")
LEADING = (CSI_300, CHINEXT, STAR_50)  # the broad market and the two boards of technology
