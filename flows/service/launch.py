"""Running a flow from the command line: recorded where a server runs, plainly where none does.

A plain run needs no server and starts at once; beside `briefing serve` of the same home the same
run is recorded there with its states, logs and artifacts. Parameters are validated in both cases.
"""

from __future__ import annotations

import os
from typing import Any

from prefect import Flow
from prefect.exceptions import ParameterTypeError
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

from flows.service.login import known_login
from flows.service.server import admits, answers, served_at
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
    there = server()
    if there is None:
        return flow.fn(**valid)
    url, login = there
    with temporary_settings(updates={PREFECT_API_URL: url, PREFECT_API_AUTH_STRING: login}):
        return flow(**parameters)


def server() -> tuple[str, str | None] | None:
    """Address and login of the Prefect server that is there to record the run, if any.

    Raises InputRefused when PREFECT_API_URL names one that does not answer, or wants another login.
    The login of this home is sent to no other server.
    """
    named, home = os.environ.get("PREFECT_API_URL"), settings().home
    here = served_at(home)
    url = named or here
    if url is None or not (named or answers(url)):
        return None
    own = known_login(home) if url == here else None
    login = os.environ.get("PREFECT_API_AUTH_STRING") or own
    if not answers(url):
        raise InputRefused(
            f"PREFECT_API_URL is {url}, where no server answers; start it or unset it"
        )
    if not admits(url, login):
        raise InputRefused(
            f"the server at {url} wants another login; set PREFECT_API_AUTH_STRING to it, or unset "
            "PREFECT_API_URL and PREFECT_API_AUTH_STRING to use the one of this home"
        )
    return url, login
