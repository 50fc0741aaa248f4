"""The catalogue of datasets and where their rows are kept."""

import sys

# dataframely imports SQLAlchemy wherever it is installed, for tables that nobody asks it for: a
# quarter of the time until a command starts. It does without where that import fails, as it does
# here. Prefect, which needs SQLAlchemy, imports it later, or has done so before; no other thread
# may do so meanwhile.
if "dataframely" not in sys.modules and "sqlalchemy" not in sys.modules:
    sys.modules["sqlalchemy"] = None  # type: ignore[assignment]
    try:
        import dataframely as dataframely
    finally:
        del sys.modules["sqlalchemy"]
