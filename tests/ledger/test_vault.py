"""Sealing, wrapping, searching blindly, and the key file everything hangs on."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import KeyFileMissing, KeyFileUnreadable, Tampered, WrongKey
from ledger.vault.keys import Identity, Vault, binding, seal, unseal

VAULT = Vault(bytes(range(32)))
STREAM, EVENT = uuid.UUID(int=1), uuid.UUID(int=2)
BOUND = binding(EVENT, STREAM, 3, "record-kept")


@given(payload=st.binary(max_size=500))
def test_what_was_sealed_is_unsealed(payload: bytes):
    key = VAULT.new_key(STREAM, "identity", "")
    assert unseal(key, seal(key, payload, BOUND), BOUND) == payload


@given(payload=st.binary(min_size=1, max_size=50))
def test_the_same_payload_is_never_sealed_twice_the_same(payload: bytes):
    """LEDG-14: or a commitment could be guessed."""
    key = VAULT.new_key(STREAM, "identity", "")
    assert seal(key, payload, BOUND) != seal(key, payload, BOUND)


@pytest.mark.parametrize(
    "elsewhere",
    [
        binding(uuid.UUID(int=9), STREAM, 3, "record-kept"),
        binding(EVENT, uuid.UUID(int=9), 3, "record-kept"),
        binding(EVENT, STREAM, 4, "record-kept"),
        binding(EVENT, STREAM, 3, "record-corrected"),
    ],
    ids=["another event", "another stream", "another version", "another type"],
)
def test_a_ciphertext_that_was_moved_is_refused(elsewhere: bytes):
    key = VAULT.new_key(STREAM, "identity", "")
    with pytest.raises(Tampered):
        unseal(key, seal(key, b"invented", BOUND), elsewhere)


@given(place=st.integers(32, 200), flip=st.integers(1, 255))
def test_a_ciphertext_of_which_any_byte_was_changed_is_refused(place: int, flip: int):
    key = VAULT.new_key(STREAM, "identity", "")
    blob = bytearray(seal(key, b"invented" * 10, BOUND))
    blob[place % (len(blob) - 32) + 32] ^= flip
    with pytest.raises(Tampered):
        unseal(key, bytes(blob), BOUND)


@pytest.mark.parametrize("length", [0, 11, 43, 44, 59])
def test_a_ciphertext_that_was_cut_is_refused(length: int):
    key = VAULT.new_key(STREAM, "identity", "")
    with pytest.raises(Tampered):
        unseal(key, seal(key, b"invented" * 10, BOUND)[:length], BOUND)


def test_another_class_s_key_opens_nothing():
    blob = seal(VAULT.new_key(STREAM, "identity", ""), b"invented", BOUND)
    with pytest.raises(Tampered):
        unseal(VAULT.new_key(STREAM, "service", ""), blob, BOUND)


# Wrapped keys.


def test_a_wrapped_key_opens_what_it_sealed():
    key = VAULT.new_key(STREAM, "identity", "")
    again = VAULT.unwrap(STREAM, "identity", "", key.wrapped, key.fingerprint)
    assert unseal(again, seal(key, b"invented", BOUND), BOUND) == b"invented"


@pytest.mark.parametrize("field", ["wrapped", "fingerprint"])
def test_an_altered_wrapped_key_is_found(field: str):
    key = VAULT.new_key(STREAM, "identity", "")
    altered = bytes([getattr(key, field)[0] ^ 1]) + getattr(key, field)[1:]
    key = dataclasses.replace(key, **{field: altered})
    with pytest.raises(Tampered):
        VAULT.unwrap(STREAM, "identity", "", key.wrapped, key.fingerprint)


def test_another_key_file_unwraps_nothing():
    key = VAULT.new_key(STREAM, "identity", "")
    with pytest.raises(Tampered):
        Vault(bytes(32)).unwrap(STREAM, "identity", "", key.wrapped, key.fingerprint)


def test_a_rejected_line_is_locked_away_and_bound_to_its_place():
    blob = VAULT.lock_away(b"invented", b"file:1")
    assert VAULT.look_into(blob, b"file:1") == b"invented"
    with pytest.raises(Tampered):
        VAULT.look_into(blob, b"file:2")


# Blind search tokens.


def same(one: Identity, other: Identity) -> bool:
    return VAULT.tokens(one) == VAULT.tokens(other) != []


BORN = {"date_of_birth": "1990-02-01"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"family_name": "O'Neill", **BORN}, {"family_name": "ONEILL", **BORN}),
        ({"family_name": "O’Neill", **BORN}, {"family_name": "o neill", **BORN}),
        ({"family_name": "Núñez", **BORN}, {"family_name": "Nunez", **BORN}),
        ({"family_name": "Weiß", **BORN}, {"family_name": "WEISS", **BORN}),
        ({"family_name": "A-B", "date_of_birth": "1990-02-01T00:00:00Z"}, {"family_name": "a b", **BORN}),
        ({"emails": ["Sam@Placeholder.Example "]}, {"emails": ["sam@placeholder.example"]}),
        ({"telephones": ["+44 7700 900123"]}, {"telephones": ["07700900123"]}),
        ({"telephones": ["+44 (0)7700 900 123"]}, {"telephones": ["07700-900-123"]}),
        ({"telephones": ["0044 7700 900123"]}, {"telephones": ["07700 900123"]}),
        ({"universal_credit_id": "ab 12-34"}, {"universal_credit_id": "AB1234"}),
        ({"unique_learner_number": "123 456 7890"}, {"unique_learner_number": "1234567890"}),
        ({"postcode": "zz99 9zz", **BORN}, {"postcode": "ZZ999ZZ", **BORN}),
    ],
)
def test_spellings_of_the_same_thing_have_the_same_token(one: dict[str, Any], other: dict[str, Any]):
    assert same(Identity(**one), Identity(**other))


@pytest.mark.parametrize(
    "said",
    [{"family_name": "Placeholder"}, {"date_of_birth": "1990-02-01"}, {"postcode": "ZZ99 9ZZ"}, {"emails": [" "]}, {}],
)
def test_half_of_what_a_search_needs_makes_no_token(said: dict[str, Any]):
    """A family name alone, or a postcode alone, would be guessed from a token in no time."""
    assert VAULT.tokens(Identity(**said)) == []


@settings(max_examples=200)
@given(email=st.emails(), other=st.emails())
def test_different_addresses_have_different_tokens(email: str, other: str):
    differ = email.strip().casefold() != other.strip().casefold()
    assert same(Identity(emails=[email]), Identity(emails=[other])) != differ


@settings(max_examples=200)
@given(name=st.text(min_size=1).filter(lambda text: any(letter.isalpha() for letter in text)), spaces=st.integers(0, 3))
def test_blanks_and_case_of_a_name_do_not_matter(name: str, spaces: int):
    born = {"date_of_birth": "1990-02-01"}
    spelt = " " * spaces + name.casefold() + "-" * spaces
    assert same(Identity(family_name=name, **born), Identity(family_name=spelt, **born))


def test_a_kind_of_search_is_never_found_by_another_kind():
    by_learner = VAULT.tokens(Identity(unique_learner_number="1234567890"))
    assert by_learner != VAULT.tokens(Identity(universal_credit_id="1234567890"))


def test_a_token_needs_the_key():
    said = Identity(emails=["sam@placeholder.example"])
    assert VAULT.tokens(said) != Vault(bytes(32)).tokens(said)


def test_a_pseudonym_is_stable_and_needs_the_key():
    assert VAULT.pseudonym("adviser one") == VAULT.pseudonym("adviser one") != VAULT.pseudonym("adviser two")
    assert VAULT.pseudonym("adviser one") != Vault(bytes(32)).pseudonym("adviser one")


# The key file.


def test_a_new_key_file_is_readable_by_its_owner_only(tmp_path: Path):
    Vault.open(tmp_path / "new" / "key", create=True)
    assert (tmp_path / "new" / "key").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_file_others_can_read_is_refused(tmp_path: Path, mode: int):
    Vault.open(tmp_path / "key", create=True)
    (tmp_path / "key").chmod(mode)
    with pytest.raises(KeyFileUnreadable):
        Vault.open(tmp_path / "key", create=False)


@pytest.mark.parametrize("content", [b"", b"c2hvcnQ=", b"not base64 at all!", b"A" * 43 + b"=\n" + b"more"])
def test_a_key_file_that_holds_no_key_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "key").write_bytes(content)
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(KeyFileUnreadable):
        Vault.open(tmp_path / "key", create=True)


def test_a_key_file_is_never_made_where_one_is_expected(tmp_path: Path):
    with pytest.raises(KeyFileMissing):
        Vault.open(tmp_path / "key", create=False)
    assert not (tmp_path / "key").exists()


def test_another_key_file_is_noticed(tmp_path: Path):
    one, other = (Vault.open(tmp_path / name, create=True) for name in ("one", "other"))
    one.check(None)
    one.check(one.fingerprint)
    with pytest.raises(WrongKey):
        one.check(other.fingerprint)


def test_two_processes_that_begin_at_once_keep_one_key(tmp_path: Path):
    program = (
        "import sys, pathlib; from ledger.vault.keys import Vault\n"
        "sys.stdin.read(1); print(Vault.open(pathlib.Path(sys.argv[1]), create=True).fingerprint.hex())"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "key")]
    running = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
        )
        for _ in range(4)
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write("x")
        process.stdin.flush()
    prints = {process.communicate(timeout=30)[0].strip() for process in running}
    assert prints == {Vault.open(tmp_path / "key", create=False).fingerprint.hex()}
