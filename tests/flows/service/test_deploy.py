"""The examples of docs/deploy: what they set are settings, and what they start are commands."""

from __future__ import annotations

import json
import re
import tomllib
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


def documents(file: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / file).read_text("utf-8")))


def test_what_kubernetes_refers_to_is_there() -> None:
    found = documents("kubernetes.yaml")
    assert all({"apiVersion", "kind", "metadata"} <= one.keys() for one in found)
    maps = {one["metadata"]["name"] for one in found if one["kind"] == "ConfigMap"}
    specs = [one["spec"] for one in found if one["kind"] in {"StatefulSet", "Deployment"}]
    assert len(specs) == 2
    for spec in specs:
        pod, labels = spec["template"]["spec"], spec["template"]["metadata"]["labels"]
        assert spec["selector"]["matchLabels"] == labels
        claimed = [claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", ())]
        volumes = {one["name"] for one in pod.get("volumes", ())} | set(claimed)
        (container,) = pod["containers"]
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
        assert {mount["mountPath"] for mount in container["volumeMounts"]} == {home_of_image()}
        refs = [r["configMapRef"]["name"] for r in container["envFrom"] if "configMapRef" in r]
        assert set(refs) <= maps


def test_what_compose_refers_to_is_there() -> None:
    (file,) = documents("compose.yaml")
    for service in file["services"].values():
        assert set(service.get("depends_on", ())) <= file["services"].keys()
        named = [volume.partition(":") for volume in service.get("volumes", ())]
        assert {name for name, _, _ in named} <= file["volumes"].keys()
        if "build" in service:
            context = DEPLOY / service["build"]["context"]
            assert (context / service["build"]["dockerfile"]).samefile(DEPLOY / "Dockerfile")
            assert {folder for _, _, folder in named} <= {home_of_image()}


def dockerfile() -> dict[str, list[str]]:
    """The instructions of the image, each with what follows it."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            found.setdefault(word, []).append(" ".join(rest.split()))
    return found


def home_of_image() -> str:
    (said,) = dockerfile()["ENV"]
    return said.removeprefix("BRIEFING_HOME=")


def test_the_image_is_made_in_the_steps_of_a_machine() -> None:
    steps = dockerfile()
    root = DEPLOY.parents[1]
    packages, install = steps["RUN"]
    wanted = re.findall(
        r"missing\+=\((\S+)\)", (root / "scripts" / "system-packages.sh").read_text("utf-8")
    )
    with_image = {"fontconfig", "python3-venv"}  # Pango brings one, the image of Python the other
    assert set(wanted) - with_image <= set(packages.split())
    (lock,) = re.findall(r"--require-hashes -r (\S+)", install)
    assert (root / lock).is_file() and lock == "requirements-lake.lock"
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    (python,) = re.findall(r"python:(\d+\.\d+)", steps["FROM"][0])
    assert f">={python}" in project["requires-python"], "the oldest that the locks are made for"
    (program,), (command,) = (json.loads(steps[word][0]) for word in ("ENTRYPOINT", "CMD"))
    assert program in project["scripts"]
    assert command in typer.main.get_command(app).commands
    assert f"--home-dir {home_of_image()} " in install
