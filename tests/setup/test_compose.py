"""docker-compose.yml says nothing that the program does not understand, and nothing that should be secret."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from api.cli import app

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "api", "projector")
SETTINGS = set(re.findall(r"\bLEDGER_[A-Z_]+\b", (ROOT / "api" / "settings.py").read_text("utf-8")))


def test_there_are_postgres_18_a_migration_that_ends_the_api_and_the_projector() -> None:
    assert set(SERVICES) == {"postgres", *OURS}
    assert SERVICES["postgres"]["image"] == "postgres:18"
    assert "restart" not in SERVICES["migrate"]


@pytest.mark.parametrize("name", OURS)
def test_every_setting_given_is_one_the_program_reads(name: str) -> None:
    assert set(SERVICES[name]["environment"]) <= SETTINGS


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_the_command_line_has_with_options_it_knows(name: str) -> None:
    verb, *options = SERVICES[name]["command"]
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    commands[verb].make_context(verb, options)


@pytest.mark.parametrize("name", SERVICES)
def test_nobody_is_root_gains_rights_or_writes_to_the_image(name: str) -> None:
    service = SERVICES[name]
    user, group = service["user"].split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", ["postgres", "api", "projector"])
def test_what_goes_on_running_has_a_health_check(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] == "CMD"
    assert {"interval", "timeout"} <= set(check)


def test_a_service_waits_for_what_it_needs() -> None:
    assert SERVICES["migrate"]["depends_on"]["postgres"] == {"condition": "service_healthy"}
    for name in ("api", "projector"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_password_is_only_ever_the_name_of_a_file(name: str) -> None:
    for setting, value in SERVICES[name]["environment"].items():
        if re.search("PASSWORD|URL|SECRET|TOKEN", setting):
            assert setting.endswith("_FILE")
            assert value == f"/run/secrets/{Path(value).name}"
            assert Path(value).name in SERVICES[name]["secrets"]


def test_every_secret_comes_from_a_file_that_git_ignores() -> None:
    used = {secret for service in SERVICES.values() for secret in service["secrets"]}
    assert set(COMPOSE["secrets"]) == used
    assert "secrets/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()
    for secret in COMPOSE["secrets"].values():
        assert Path(secret["file"]).parts[0] == "secrets"


def test_the_program_and_the_database_keep_their_data_in_different_volumes() -> None:
    events, *_ = SERVICES["postgres"]["volumes"]
    keys, *_ = SERVICES["api"]["volumes"]
    assert {events.split(":")[0], keys.split(":")[0]} == set(COMPOSE["volumes"])
    home = SERVICES["api"]["environment"]["LEDGER_HOME"]
    assert keys.split(":")[1] == home
    assert SERVICES["api"]["environment"]["LEDGER_KEY_FILE"].startswith(f"{home}/")


def test_only_the_api_is_published_and_only_on_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"api": ["127.0.0.1:8000:8000"]}


def test_the_image_runs_as_the_user_of_the_services_and_holds_what_the_program_imports() -> None:
    image = (ROOT / "Dockerfile").read_text("utf-8")
    assert f"USER {SERVICES['api']['user']}" in image
    assert "--require-hashes" in image
    copied = set(re.findall(r"^COPY (\w+) \1$", image, re.MULTILINE))
    assert copied == {"ledger", "projections", "api"}
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert {f"!{name}" for name in copied} <= set(ignored)
