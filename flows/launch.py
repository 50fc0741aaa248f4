"""Running a flow from the command line: recorded where a server runs, plainly where none does.

A plain run needs no server and starts at once; beside `briefing serve` of the same home the same
run is recorded there with its states, logs and artifacts. Parameters are validated in both cases.
"""

from __future__ import annotations

import os
from typing import Any

from prefect import Flow
from prefect.exceptions import ParameterTypeError
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.serve import address_file, answers
from flows.settings import settings
from warehouse.errors import InputRefused


def launch(flow: Flow[..., Any], **parameters: Any) -> Any:
    """The result of a flow run with these parameters.

    Raises InputRefused naming the parameters that do not fit.
    """
    try:
        valid = flow.validate_parameters(parameters)
    except ParameterTypeError as error:
        raise InputRefused(f"{flow.name}: {error}") from error
    url = server()
    if url is None:
        return flow.fn(**valid)
    with temporary_settings(updates={PREFECT_API_URL: url}):
        return flow(**parameters)


def server() -> str | None:
    """The address of the Prefect server that is there to record the run, if any.

    Raises InputRefused when PREFECT_API_URL names one that does not answer.
    """
    named = os.environ.get("PREFECT_API_URL")
    if named and not answers(named):
        raise InputRefused(
            f"PREFECT_API_URL is {named}, where no server answers; start it or unset it"
        )
    file = address_file(settings())
    serving = named or (file.read_text(encoding="utf-8") if file.exists() else "")
    return serving if serving and answers(serving) else None
