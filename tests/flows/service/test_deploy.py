"""The examples of docs/deploy: what they set are settings, and what they start are commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from flows.cli.commands import app
from flows.settings import settings

DEPLOY = Path(__file__).parents[3] / "docs" / "deploy"


def leaves(tree: Any) -> Iterator[tuple[str, Any]]:
    """Every pair of a key and its value, however deep."""
    for key, value in tree.items() if isinstance(tree, dict) else ():
        yield key, value
        yield from leaves(value)
    for one in tree if isinstance(tree, list) else ():
        yield from leaves(one)


@pytest.mark.parametrize("file", ["compose.yaml", "kubernetes.yaml"])
def test_an_example_of_a_deployment_fits_the_program(file, monkeypatch, tmp_path) -> None:
    found = list(leaves(list(yaml.safe_load_all((DEPLOY / file).read_text("utf-8")))))
    for key, value in found:
        if key.startswith("BRIEFING_"):
            monkeypatch.setenv(key, value)
    monkeypatch.setenv("BRIEFING_HOME", str(tmp_path))
    assert settings().coordination == "dbname=briefing host=postgres user=briefing"

    commands = typer.main.get_command(app).commands
    started = [value for key, value in found if key in {"command", "args"}]
    assert started == [["serve"], ["work"]]
    assert {word for words in started for word in words} <= commands.keys()
