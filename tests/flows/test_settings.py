"""Settings: a wrong one is named with the variable or the file it stands in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from flows.settings import Host, Settings, settings
from warehouse.errors import InputRefused


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings file of an empty home."""
    for name in [n for n in os.environ if n.startswith("BRIEFING_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BRIEFING_HOME", str(tmp_path))
    return tmp_path / "briefing.toml"


def test_without_a_file_and_variables_everything_has_a_default(file: Path) -> None:
    assert settings() == Settings(home=file.parent)


def test_the_file_is_read_and_a_variable_overrides_it(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('[mail]\nserver = "mail.example.org"\nport = 25\n')
    monkeypatch.setenv("BRIEFING_MAIL__PORT", "26")
    mail = settings().mail
    assert (mail.server, mail.port) == ("mail.example.org", 26)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prefect_port = 0", "prefect_port (FILE): Input should be greater than or equal to 1"),
        ("colour = 1", "colour (FILE): Extra inputs are not permitted"),
        ("[mail]\nservr = 'x'", "mail.servr (FILE): Extra inputs are not permitted"),
        ("[mail]\nrecipients = ['reader']", "'reader' is not a mail address"),
        ("prefect_port =", "FILE is not valid TOML: Invalid value"),
    ],
)
def test_a_wrong_file_is_named_with_the_key(file: Path, text: str, told: str) -> None:
    file.write_text(text)
    with pytest.raises(InputRefused) as refused:
        settings()
    assert told.replace("FILE", str(file)) in str(refused.value)


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("BRIEFING_PREFECT_PORT", "70000", "prefect_port (BRIEFING_PREFECT_PORT): Input should"),
        ("BRIEFING_KEEP_SNAPSHOT", "3", "BRIEFING_KEEP_SNAPSHOT: no such setting"),
        ("BRIEFING_MAIL__SERVR", "x", "mail.servr (BRIEFING_MAIL__SERVR): Extra inputs"),
        ("BRIEFING_MAIL__RECIPIENTS", "a@example.org", "BRIEFING_MAIL__RECIPIENTS: cannot be read"),
    ],
)
def test_a_wrong_variable_is_named(
    file: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(InputRefused) as refused:
        settings()
    assert told in str(refused.value)


def test_a_password_is_never_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIEFING_MAIL__PASSWORD", "hunter2")
    monkeypatch.setenv("BRIEFING_MAIL__PORT", "none")
    with pytest.raises(InputRefused) as refused:
        settings()
    assert "hunter2" not in str(refused.value)
    monkeypatch.delenv("BRIEFING_MAIL__PORT")
    assert "hunter2" not in repr(settings())


@pytest.mark.parametrize("text", ["urls = 'json://h/hunter2'", "ping_url = 'hunter2'"])
def test_an_address_of_the_operator_is_never_told(file: Path, text: str) -> None:
    """Not in the message, and not in the traceback that a server would log."""
    file.write_text(f"[notify]\n{text}")
    with pytest.raises(InputRefused, match=r"notify\.\w+ \(") as refused:
        settings()
    assert "hunter2" not in "".join(traceback.format_exception(refused.value))


def test_a_home_is_absolute_whoever_asks(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    monkeypatch.setenv("BRIEFING_HOME", "here")
    assert settings().home == file.parent / "here"


def leaves(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """The rows of the table of settings: name, default, meaning."""
    for name, one in model.model_fields.items():
        inner = one.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from leaves(inner, f"{above}{name}.")
        elif name == "hosts":
            yield from leaves(Host, 'hosts."HOST".')
        elif name != "home":
            default = "" if one.default is None else f"`{json.dumps(one.default, default=str)}`"
            yield f"| `{above}{name}` | {default} | {one.description} |"


def test_the_table_of_settings_is_current() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operating.md").read_text("utf-8")
    table = page.partition("| setting | default | meaning |\n|---|---|---|\n")[2]
    assert table.splitlines() == list(leaves(Settings))


LAKE = '[warehouse]\nlake = "postgres:dbname=b host=db"\ndata = "s3://bucket/prefix/"\n'


def test_a_lake_is_a_database_and_a_place_for_files(file: Path) -> None:
    secret = file.with_name("secret")
    secret.write_text("hush\n")
    file.write_text(f'{LAKE}s3_key_id = "me"\ns3_secret_file = "{secret}"\n')
    place = settings().warehouse.place
    assert place is not None
    assert (place.dsn, place.data) == ("dbname=b host=db", "s3://bucket/prefix")
    assert (place.key_id, place.secret) == ("me", "hush")
    assert "hush" not in repr(place) + place.label


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (LAKE.splitlines()[0] + '\nlake = "postgres:dbname=b"\n', "lake and data belong together"),
        (LAKE.replace("host=db", "password=hush"), "has a password in it; write passfile="),
        (LAKE.replace("postgres:dbname=b", "duckdb:b"), "names no lake; write postgres:dbname="),
        (LAKE.replace("postgres:dbname=b", "postgres://me:hush@h/b"), "names no lake"),
        (LAKE.replace("s3://bucket/prefix/", "prefix"), "neither s3://bucket/prefix nor a whole"),
    ],
)
def test_half_a_lake_is_refused_and_no_password_shown(file: Path, text: str, told: str) -> None:
    file.write_text(text)
    with pytest.raises(InputRefused, match=told) as refused:
        settings()
    assert "hush" not in str(refused.value)


def test_a_key_that_cannot_be_read_is_named_by_its_file(file: Path) -> None:
    file.write_text(f'{LAKE}s3_secret_file = "{file.with_name("gone")}"\n')
    with pytest.raises(InputRefused, match=r"warehouse\.s3_secret_file .*gone cannot be read"):
        _ = settings().warehouse.place


def test_without_a_lake_none_of_its_modules_is_loaded(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from flows.settings import Settings; "
        "from flows.workspace import Workspace; "
        "ws = Workspace(Settings(home=Path(sys.argv[1]))); ws.publish if ws.store else None; "
        "print(sorted({'psycopg', 'warehouse.storage.lake', 'warehouse.storage.postgres', "
        "'warehouse.storage.export'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(tmp_path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
