"""What deploy/ starts is what this repository has."""

from __future__ import annotations

import configparser
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.architecture.sources import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def service_of(unit: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(unit.read_text())
    return parser["Service"]


def command_of(unit: Path) -> list[str]:
    program, *arguments = shlex.split(service_of(unit)["ExecStart"])
    return [Path(program).name, *arguments]


def container_command(name: str) -> list[str]:
    found = re.search(r"^CMD (\[.*\])$", DOCKERFILE, flags=re.MULTILINE)
    assert found
    command: list[str] = COMPOSE["services"][name].get("command", json.loads(found[1]))
    return command


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_unit_starts_an_installed_program_as_nobody_special(unit: Path) -> None:
    assert (ROOT / ".venv" / "bin" / command_of(unit)[0]).exists()
    assert service_of(unit)["User"] == "monetize"


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_unit_and_container_start_the_same_but_for_the_address(unit: Path) -> None:
    in_container = container_command(unit.stem.removeprefix("monetize-"))

    assert [word.replace("0.0.0.0", "127.0.0.1") for word in in_container] == command_of(unit)


def test_nothing_starts_before_the_migrations_are_through() -> None:
    ended = {"migrate": {"condition": "service_completed_successfully"}}

    assert COMPOSE["services"]["migrate"]["command"] == ["python", "manage.py", "migrate", "--noinput"]
    assert COMPOSE["services"]["migrate"]["restart"] == "no"
    for name in ("web", "worker", "beat"):
        assert COMPOSE["services"][name]["depends_on"] == ended


def test_stop_waits_longer_than_a_task_may_take(settings) -> None:
    (worker,) = [unit for unit in UNITS if "worker" in unit.stem]

    assert int(service_of(worker)["TimeoutStopSec"]) > settings.CELERY_TASK_TIME_LIMIT
    assert (
        int(COMPOSE["services"]["worker"]["stop_grace_period"].rstrip("s")) > settings.CELERY_TASK_TIME_LIMIT
    )


def test_image_runs_without_rights_and_is_probed_by_its_public_name() -> None:
    assert DOCKERFILE.index("\nUSER monetize") < DOCKERFILE.index("\nCMD ")
    assert "'Host': urlsplit(os.environ['SITE_URL']).netloc" in DOCKERFILE


def test_image_holds_every_folder_that_the_program_imports() -> None:
    copied = set(re.findall(r"^COPY (\S+) ", DOCKERFILE, flags=re.MULTILINE))
    imported = {
        name
        for path in (*ROOT.glob("apps/**/*.py"), *ROOT.glob("monetize/**/*.py"))
        for name in re.findall(r"^(?:from|import) (\w+)", path.read_text(), flags=re.MULTILINE)
        if (ROOT / name).is_dir()
    }

    assert imported - copied == set()


def test_every_name_of_the_example_is_documented() -> None:
    names = re.findall(r"^([A-Z_]+)=", (DEPLOY / "monetize.env.example").read_text(), flags=re.MULTILINE)
    documented = (ROOT / "docs" / "operations.md").read_text()

    # Compose alone reads the password, to make DATABASE_URL of it.
    assert [name for name in names if name != "POSTGRES_PASSWORD" and f"| `{name}` |" not in documented] == []


def test_every_make_target_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    assert phony
    internal = {"python", "install-demo", "install-dev"}

    described = set(re.findall(r"^([a-z-]+):.*## ", makefile, flags=re.MULTILINE))

    assert set(phony[1].split()) - internal == described
