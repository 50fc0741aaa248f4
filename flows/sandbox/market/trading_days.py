"""The mainland's trading days, from the calendar file that akshare ships (no network)."""

import json
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.datetime64]


@lru_cache(maxsize=1)
def trading_days() -> Days:
    """All known trading days, oldest first, as datetime64[D]; read-only.

    Found through the package's path, not by import: importing akshare takes seconds.
    """
    spec = find_spec("akshare")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("akshare is not installed: its calendar file is needed")
    path = Path(spec.submodule_search_locations[0], "file_fold", "calendar.json")
    texts = json.loads(path.read_text(encoding="utf-8"))
    days = np.array([f"{x[:4]}-{x[4:6]}-{x[6:]}" for x in texts], dtype="datetime64[D]")
    days.flags.writeable = False
    return days
