"""The first start registers the controller that the settings name, once; every later change is a command."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.casework.first_controller import register_first_controller
from api.casework.runtime import Runtime, opened
from api.issuer import Issuer
from api.settings import Settings
from ledger.authority.side import side_of
from ledger.caller import CONTROLLER_ROLES, IMPORTER, Caller
from ledger.commands.reader import organisation_stream
from ledger.events import OrganisationRegistered
from ledger.recording import Ledger
from tests.runtimes import settings_of
from tests.sharing import fill_registers, register

DEFAULT = "controller"
"""Whom tokens of a home without settings are for."""
NAMED = "department-one"
Set = Callable[..., Settings]


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Set:
    return lambda **environ: settings_of(database, tmp_path, **environ)


def registered(ledger: Ledger) -> dict[str, tuple[str, str | None]]:
    """The kind of each organisation today, and what it works under."""
    today = ledger.registers()
    return {entry.organisation: (entry.kind, entry.part_of) for entry in today.every(OrganisationRegistered)}


def entries_of(ledger: Ledger, organisation: str) -> list[str]:
    """Who made each entry about an organisation: role and organisation, without the person."""
    return [entry.actor.rpartition("/")[0] for entry in ledger.recorder.history(organisation_stream(organisation))]


def test_the_first_start_registers_the_controller_of_the_settings_as_the_operator_s_own_shell(
    ledger: Ledger, settings: Set
):
    assert register_first_controller(ledger, settings(LEDGER_CONTROLLER=NAMED, LEDGER_CONTROLLER_NAME="Department One"))
    assert registered(ledger) == {NAMED: ("controller", None)}
    known = ledger.registers().organisation(NAMED)
    assert known is not None
    assert (known.name, known.to_be_confirmed) == ("Department One", True)
    assert entries_of(ledger, NAMED) == [f"operator:administrator@{NAMED}"]


def test_a_second_start_registers_nothing(ledger: Ledger, settings: Set):
    register_first_controller(ledger, settings())
    assert not register_first_controller(ledger, settings())
    assert not register_first_controller(ledger, settings(LEDGER_CONTROLLER_NAME="Another name"))
    assert len(entries_of(ledger, DEFAULT)) == 1


def test_a_second_start_with_another_setting_registers_nothing(ledger: Ledger, settings: Set):
    register_first_controller(ledger, settings())
    assert not register_first_controller(ledger, settings(LEDGER_CONTROLLER=NAMED))
    assert registered(ledger) == {DEFAULT: ("controller", None)}
    of_named = Caller(role="case-worker", organisation=NAMED, subject="case worker one")
    assert side_of(of_named, ledger.registers()) == "nobody"


def test_another_controller_is_registered_by_a_command_and_a_start_with_its_setting_adds_nothing(
    ledger: Ledger, settings: Set
):
    register_first_controller(ledger, settings())
    register(ledger, NAMED, "controller")
    assert not register_first_controller(ledger, settings(LEDGER_CONTROLLER=NAMED))
    assert len(entries_of(ledger, NAMED)) == 1


def test_a_second_start_after_the_first_controller_was_changed_by_a_command_registers_nothing(
    ledger: Ledger, settings: Set
):
    register_first_controller(ledger, settings())
    register(ledger, DEFAULT, "supplier", part_of=NAMED)
    assert not register_first_controller(ledger, settings(LEDGER_CONTROLLER=NAMED))


def test_in_a_ledger_made_before_there_was_a_first_start_the_setting_works_for_the_controller_in_office(
    ledger: Ledger, settings: Set
):
    fill_registers(ledger)
    assert register_first_controller(ledger, settings())
    assert registered(ledger)[DEFAULT] == ("controller's office", "controller-one")
    assert not register_first_controller(ledger, settings(LEDGER_CONTROLLER=NAMED))
    assert NAMED not in registered(ledger)


def test_two_programs_that_start_at_once_register_it_once(ledger: Ledger, settings: Set):
    with ThreadPoolExecutor(4) as pool:
        done = [*pool.map(lambda _: register_first_controller(ledger, settings()), range(4))]
    assert any(done)
    assert len(entries_of(ledger, DEFAULT)) == 1


def test_a_program_that_is_opened_registers_the_controller_and_opened_again_nothing(settings: Set):
    for environ in ({}, {}, {"LEDGER_CONTROLLER": NAMED}):
        with opened(settings(**environ)) as runtime:
            assert registered(runtime.ledger) == {DEFAULT: ("controller", None)}
            assert len(entries_of(runtime.ledger, DEFAULT)) == 1


@pytest.mark.parametrize("role", sorted(CONTROLLER_ROLES | {IMPORTER}))
def test_a_default_token_of_the_development_issuer_is_of_the_controller_s_side(
    runtime: Runtime, settings: Set, role: str
):
    register_first_controller(runtime.ledger, settings())
    token = Issuer.open(runtime.settings).issue(role=role, organisation=DEFAULT, subject="somebody", minutes=5)
    client = TestClient(create_app(runtime), headers={"Authorization": f"Bearer {token}"})
    assert side_of(Caller(role=role, organisation=DEFAULT, subject="somebody"), runtime.ledger.registers()) == (
        "controller"
    )
    lists = client.get("/v1/findings")
    sees_people = role in {"case-worker", "records-manager", "auditor"}
    assert lists.status_code == (200 if sees_people else 403)
    assert "UnregisteredOrganisation" not in lists.text
