"""Where a lake is: its catalogue in Postgres, its Parquet files on S3 or in a shared folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from warehouse.storage.ddl import quoted

SCHEME = "postgres:"
CATALOGUE = "ducklake"  # the schema of Postgres that holds it
NAME = "lake"  # the database of DuckDB as which it is attached; views name it


@dataclass(frozen=True)
class Place:
    """A lake, as its operator names it.

    dsn: how libpq reaches Postgres, such as `dbname=briefing host=db`. data: `s3://bucket/prefix`,
    or an absolute folder that all machines share. endpoint: of an S3 that is not Amazon's.
    """

    dsn: str
    data: str
    endpoint: str | None = None
    region: str = "us-east-1"
    key_id: str | None = None
    secret: str | None = field(default=None, repr=False)

    @property
    def label(self) -> str:
        """What a message calls it: without what a password could stand in."""
        shown = (f for f in self.dsn.split() if f.partition("=")[0] in {"dbname", "host", "port"})
        return f"the lake ({' '.join(shown)})"

    @property
    def on_s3(self) -> bool:
        return self.data.startswith("s3://")

    def attach(self, snapshot: int | None, *, create: bool) -> str:
        """The statement that attaches it, to be read at a snapshot if one is given."""
        options = [f"METADATA_SCHEMA '{CATALOGUE}'", f"DATA_PATH {quoted(self.data)}"]
        if not create:
            options.append("CREATE_IF_NOT_EXISTS false")
        if snapshot is not None:
            options += ["READ_ONLY", f"SNAPSHOT_VERSION {snapshot}"]
        return f"ATTACH {quoted(f'ducklake:{SCHEME}{self.dsn}')} AS {NAME} ({', '.join(options)})"

    def credentials(self) -> str | None:
        """The statement that tells DuckDB the keys; None for a folder."""
        if not self.on_s3:
            return None
        said = [f"REGION {quoted(self.region)}"]
        if self.key_id and self.secret:
            said += [f"KEY_ID {quoted(self.key_id)}", f"SECRET {quoted(self.secret)}"]
        if self.endpoint:
            address = urlsplit(self.endpoint)
            secure = "true" if address.scheme == "https" else "false"
            said += [f"ENDPOINT {quoted(address.netloc)}", f"USE_SSL {secure}", "URL_STYLE 'path'"]
        return f"CREATE SECRET (TYPE s3, {', '.join(said)})"
