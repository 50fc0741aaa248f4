"""Settings: briefing.toml in the briefing's home, overridden by BRIEFING_* variables.

Secrets come from the environment or from a file that only its owner reads; they are never logged
and never written to the warehouse.
"""

from __future__ import annotations

import os
import re
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import platformdirs
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from templates.palette import Direction
from warehouse.errors import InputRefused
from warehouse.storage.place import SCHEME, Place
from warehouse.storage.publish import Places

PREFIX = "BRIEFING_"
ADDRESS = re.compile(
    r"^[^@\s<>,;]+@[A-Za-z0-9](?:[A-Za-z0-9-]*\.)+[A-Za-z]{2,}$|^[^@\s<>,;]+@localhost$"
)


def valid_address(address: str) -> str:
    """The address, if a mail server could take it."""
    if not ADDRESS.fullmatch(address):
        message = f"{address!r} is not a mail address; write name@example.org"
        raise ValueError(message)
    return address


def one_line(name: str) -> str:
    """The name, if it can stand in a header: a line break would begin another header."""
    if not name.strip() or not name.isprintable():
        message = f"{name!r} is no name of one line; write words without line breaks"
        raise ValueError(message)
    return name.strip()


def web_folder(address: str) -> str:
    """The address of a folder on the web, with a slash at its end."""
    if not re.fullmatch(r"https?://[!-~]+", address) or set(address) & set("\"'<>?#"):
        message = f"{address!r} is no address of a folder; write https://example.org/issues/"
        raise ValueError(message)
    return address.rstrip("/") + "/"


Address = Annotated[str, AfterValidator(valid_address)]
OneLine = Annotated[str, AfterValidator(one_line)]
WebFolder = Annotated[str, AfterValidator(web_folder)]


class Recipient(BaseModel):
    """Who receives the weekly issue, and in which language; a bare address reads English."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: Address
    lang: Literal["en", "zh"] = "en"

    @model_validator(mode="before")
    @classmethod
    def of_bare_address(cls, given: Any) -> Any:
        """An address alone, as a whole recipient."""
        return {"address": given} if isinstance(given, str) else given


class Mail(BaseModel):
    """How the briefing is mailed; without a server it goes to the outbox folder."""

    model_config = ConfigDict(extra="forbid")

    server: str | None = Field(default=None, description="SMTP server; none: .eml files in outbox/")
    port: int = Field(default=587, ge=1, le=65535, description="Port of the SMTP server")
    starttls: bool = Field(default=True, description="Encrypt with STARTTLS; passwords need it")
    username: str | None = Field(default=None, description="Login name")
    password: SecretStr | None = Field(
        default=None, description="Password; better through password_file"
    )
    password_file: Path | None = Field(default=None, description="File that holds the password")
    sender: Address = Field(default="briefing@localhost", description="From address")
    sender_name: OneLine | None = Field(
        default=None, description="Name beside it; none: the briefing's, in the reader's language"
    )
    reply_to: Address | None = Field(
        default=None, description="Who gets replies and withdrawals; none: the sender"
    )
    recipients: list[Recipient] = Field(
        default=[],
        description='Who receives the weekly issue: addresses, or `{address = …, lang = "zh"}`',
    )
    unsubscribed: list[Address] = Field(
        default=[], description="Who is never mailed, not even a correction of what they had"
    )
    max_bytes: int = Field(
        default=10_000_000, ge=1, description="Largest message; a larger one is sent without PDF"
    )
    issues_url: WebFolder | None = Field(
        default=None, description="Where readers find the folder `issues/` on the web; for links"
    )
    timeout_seconds: float = Field(
        default=30, gt=0, description="Limit for each step of the dialogue"
    )

    @model_validator(mode="after")
    def one_language_each(self) -> Self:
        """Nobody is listed with two languages: an issue goes to a reader once."""
        langs: dict[str, str] = {}
        for one in self.recipients:
            if langs.setdefault(one.address.casefold(), one.lang) != one.lang:
                message = f"{one.address} stands in recipients with two languages; choose one"
                raise ValueError(message)
        return self

    @property
    def answers(self) -> str:
        """The address for replies and withdrawals."""
        return self.reply_to or self.sender


def web_address(address: SecretStr) -> SecretStr:
    """The address, if it is one of the web; the message keeps it secret."""
    if not re.match(r"https?://[^/\s]+", address.get_secret_value()):
        raise ValueError("is not a web address; it begins with https:// or http://")
    return address


class Notify(BaseModel):
    """Alerts when something is late or wrong; the addresses are secrets."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    urls: list[SecretStr] = Field(
        default=[], description="Where messages go, as apprise addresses; see [Alerts](#alerts)"
    )
    ping_url: Annotated[SecretStr, AfterValidator(web_address)] | None = Field(
        default=None,
        description="Check of a healthchecks service that hears of start, end and failure",
    )
    deadline_hours: float = Field(
        default=3, gt=0, le=48, description="Hours after `schedule.weekly` when an issue is late"
    )


class Host(BaseModel):
    """Rate limit, daily quota and circuit breaker of one upstream host."""

    model_config = ConfigDict(extra="forbid")

    min_interval_seconds: float = Field(default=1.0, ge=0, description="Pause between two requests")
    jitter_seconds: float = Field(default=0.5, ge=0, description="Random addition to the pause")
    daily_budget: int = Field(default=20_000, ge=1, description="Daily quota of requests")
    give_up_after: int = Field(
        default=5, ge=1, description="Failures in a row after which the circuit opens"
    )
    cool_down_seconds: float = Field(
        default=900, ge=0, description="How long it stays open; then one request probes the host"
    )


SIMULATED_STOCKS = 400  # enough for every industry and theme, and quickly made


class Sandbox(BaseModel):
    """The offline exchange: a simulated market instead of the network."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool = Field(
        default=False, description="Send requests to the simulated market; everything is marked so"
    )
    stocks: int = Field(
        default=SIMULATED_STOCKS, ge=30, le=6000, description="Size of the simulated market"
    )
    now: datetime = Field(
        default=datetime(2026, 1, 13, 19, 0),
        description="The moment in Shanghai at which it stands still",
    )


class Schedule(BaseModel):
    """When `briefing serve` starts what, as cron lines in Shanghai time."""

    model_config = ConfigDict(extra="forbid")

    collect: list[str] = Field(
        default=["45 16 * * 1-5", "10 9 * * 1-5"],
        description="After the close, and in the morning for the day before's margin figures",
    )
    weekly: list[str] = Field(
        default=["0 9 * * 6"], description="The issue of the week, with its mail"
    )
    compact: list[str] = Field(
        default=["30 3 * * 0"], description="When a lake is kept small; without a lake, never"
    )


def plain_dsn(said: str) -> str:
    """The setting `lake`, if it names a database and no password."""
    if re.search(r"\bpassword\s*=", said):
        raise ValueError("has a password in it; write passfile=/path, or set PGPASSWORD")
    if not re.match(r"postgres:.*\bdbname=", said):  # not shown: an address may hold a password
        raise ValueError("names no lake; write postgres:dbname=briefing host=db.example.org")
    return said


def shared_folder(said: str) -> str:
    """The setting `data`, if it is a prefix of a bucket, or a folder by its whole path."""
    if not re.fullmatch(r"s3://[^/\s]+(/\S*)?|/.+", said):
        message = f"{said!r} is neither s3://bucket/prefix nor a whole path such as /srv/lake"
        raise ValueError(message)
    return said.rstrip("/")


class Warehouse(BaseModel):
    """Where the tables are: in a file of this home, or in a lake that several machines share."""

    model_config = ConfigDict(extra="forbid")

    lake: Annotated[str, AfterValidator(plain_dsn)] | None = Field(
        default=None,
        description="Postgres with the catalogue, `postgres:dbname=… host=…`; none: a file in home; "
        "see [lake.md](lake.md)",
    )
    data: Annotated[str, AfterValidator(shared_folder)] | None = Field(
        default=None, description="Where its files are: `s3://bucket/prefix`, or a shared folder"
    )
    s3_endpoint: Annotated[SecretStr, AfterValidator(web_address)] | None = Field(
        default=None, description="Address of an S3 that is not Amazon's"
    )
    s3_region: str = Field(default="us-east-1", description="Region of the bucket")
    s3_key_id: str | None = Field(default=None, description="Name of the key for the bucket")
    s3_secret: SecretStr | None = Field(
        default=None, description="The key itself; better through s3_secret_file"
    )
    s3_secret_file: Path | None = Field(default=None, description="File that holds the key")

    @model_validator(mode="after")
    def both_or_none(self) -> Self:
        """A catalogue without files is no lake, and files without a catalogue are none either."""
        if (self.lake is None) != (self.data is None):
            raise ValueError("lake and data belong together; set both or none")
        return self

    @property
    def place(self) -> Place | None:
        """The lake, None without one. Raises InputRefused for a key that cannot be read."""
        if self.lake is None or self.data is None:
            return None
        return Place(
            self.lake.removeprefix(SCHEME),
            self.data,
            self.s3_endpoint.get_secret_value() if self.s3_endpoint else None,
            self.s3_region,
            self.s3_key_id,
            self._secret(),
        )

    def _secret(self) -> str | None:
        if self.s3_secret_file is None:
            return self.s3_secret.get_secret_value() if self.s3_secret else None
        try:
            return self.s3_secret_file.read_text(encoding="utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError):
            # Not chained: the message of a decoding error shows bytes of the key.
            message = f"warehouse.s3_secret_file {self.s3_secret_file} cannot be read as text; check path and permissions"
            raise InputRefused(message) from None


class Workers(BaseModel):
    """Several workers that share collections; see docs/scaling.md."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    database: SecretStr | None = Field(
        default=None,
        description="Postgres in which workers agree, such as `host=db dbname=briefing`; none: the "
        "lake's; without a lake one process collects alone",
    )
    heartbeat_seconds: float = Field(
        default=60, ge=2, description="A worker silent for so long loses its chunk to another"
    )
    pool: str | None = Field(
        default=None,
        description="Prefect work pool whose workers run the flows; none: `briefing serve` does",
    )


class Measuring(BaseModel):
    """Partitions of minute bars measured side by side; see docs/scaling.md."""

    model_config = ConfigDict(extra="forbid")

    workers: int = Field(
        default=0, ge=0, description="Processes that measure partitions; 0: the flow itself does"
    )
    memory: str = Field(
        default="1 GB",
        pattern=r"^\d+(\.\d+)? ?[KMGT]i?B$",
        description="Memory of each of them; one that takes more is ended, and its work repeated",
    )
    partitions_from: int = Field(
        default=20_000_000, ge=0, description="Rows to be measured from which they are started"
    )


class Settings(BaseSettings):
    """Everything an operator can set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", hide_input_in_errors=True
    )

    home: Path = Field(description="Folder of warehouse, issues and outbox; only as BRIEFING_HOME")
    timeout_seconds: float = Field(
        default=20, gt=0, description="How long a read may wait within a request"
    )
    deadline_seconds: float = Field(
        default=120, gt=0, description="How long a request may take until its last byte"
    )
    body_megabytes: float = Field(
        default=32, gt=0, description="Largest response of an upstream, unpacked"
    )
    hosts: dict[str, Host] = Field(
        default={}, description="Limits per host; `default` for the others"
    )
    keep_snapshots: int = Field(default=5, ge=2, description="Published versions that are kept")
    direction: Direction = Field(
        default="blue",
        description="Colours of rise and fall: `blue`, `red-up` (red rises) or `green-up`",
    )
    unlicensed: bool = Field(
        default=False,
        description="Whether the notice says that the publisher holds no mainland licence",
    )
    mail: Mail = Mail()
    notify: Notify = Notify()
    sandbox: Sandbox = Sandbox()
    schedule: Schedule = Schedule()
    warehouse: Warehouse = Warehouse()
    workers: Workers = Workers()
    measuring: Measuring = Measuring()
    prefect_port: int = Field(default=4200, ge=1, le=65535, description="Port of `briefing serve`")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = TomlConfigSettingsSource(settings_cls, settings_file())
        return init_settings, env_settings, file

    @property
    def places(self) -> Places:
        return Places(self.home)

    @property
    def coordination(self) -> str | None:
        """The address of the database in which workers agree; None where one works alone."""
        if self.workers.database is not None:
            return self.workers.database.get_secret_value()
        return self.warehouse.lake.removeprefix(SCHEME) if self.warehouse.lake else None


def default_home() -> Path:
    """BRIEFING_HOME, or the platform's folder for user data; absolute, whoever runs where."""
    chosen = os.environ.get("BRIEFING_HOME") or platformdirs.user_data_dir("briefing")
    return Path(chosen).expanduser().absolute()


def settings_file() -> Path:
    return default_home() / "briefing.toml"


def settings() -> Settings:
    """The settings in force.

    Raises InputRefused that names every wrong one, and the variable or the file it stands in.
    """
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and not known(name))
    if unknown:
        raise InputRefused(
            f"{', '.join(unknown)}: no such setting; the settings are "
            f"{', '.join(Settings.model_fields)}, sections with __ such as {PREFIX}MAIL__SERVER"
        )
    try:
        return Settings(home=default_home())
    except ValidationError as error:
        wrong = "; ".join(f"{place(e['loc'])}: {e['msg']}" for e in error.errors())
        raise InputRefused(f"settings are wrong: {wrong}") from error
    except tomllib.TOMLDecodeError as error:
        raise InputRefused(f"{settings_file()} is not valid TOML: {error}") from error
    except SettingsError as error:
        field = str(error).split('"')[1].upper()
        guilty = ", ".join(v for v in sorted(os.environ) if v.startswith(PREFIX + field))
        message = (
            f'{guilty}: cannot be read; write lists and tables as JSON, such as \'["a", "b"]\''
        )
        raise InputRefused(message) from error


def known(variable: str) -> bool:
    """Whether an environment variable sets a field; what follows __ is checked with its section."""
    return variable.removeprefix(PREFIX).split("__")[0].lower() in Settings.model_fields


def place(location: tuple[int | str, ...]) -> str:
    """Where a wrong setting stands: the variable if one sets it, else its key in the file."""
    names = [str(part) for part in location]
    variables = [PREFIX + "__".join(names[:depth]).upper() for depth in range(len(names), 0, -1)]
    standing = next((v for v in variables if v in os.environ), None)
    return f"{'.'.join(names)} ({standing or settings_file()})"
