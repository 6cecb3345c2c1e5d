"""Keys that can be destroyed: seals payloads per customer and retention class, and makes blind search tokens.

A data key belongs to one stream, class and part; it is wrapped (AES-KW, RFC 3394) by the key in the key file. A
sealed blob is a random 32-byte salt, a 12-byte nonce and AES-256-GCM ciphertext; its associated data binds event id,
stream, version and type, so a ciphertext cannot be moved to another event. The commitment in the event is the SHA-256
of the whole blob: without the blob nothing about its content can be guessed from it (LEDG-14). This file knows no
SQL.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import stat
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from ledger.errors import KeyFileMissing, KeyFileUnreadable, Tampered, WrongKey

KEY_BYTES, SALT_BYTES, NONCE_BYTES = 32, 32, 12
_PREFIX = SALT_BYTES + NONCE_BYTES
_AT_ONCE = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassKey:
    """The data key of one stream, class and part, open and wrapped."""

    stream: UUID
    class_: str
    part: str
    cipher: AESGCM
    wrapped: bytes
    fingerprint: bytes


class WrappedKey(NamedTuple):
    """The data key of one stream, class and part as it is stored: wrapped."""

    stream: UUID
    class_: str
    part: str
    wrapped: bytes
    fingerprint: bytes


class Vault:
    """Holds the key-encryption key; every other key is wrapped or derived by it."""

    def __init__(self, master: bytes) -> None:
        self._wrapping_key = _derived(master, b"wrap data keys")
        self._token_key = _derived(master, b"blind search tokens")
        self._digest_key = _derived(master, b"digests of commands and documents")
        self.caller_key = _derived(master, b"who reads the database")
        """Signs whom the database lets read; the database holds it too, so it opens nothing else."""
        self._quarantine = AESGCM(_derived(master, b"quarantine"))
        self.fingerprint = hmac.digest(_derived(master, b"fingerprint"), b"this key file", "sha256")

    @classmethod
    def open(cls, path: Path, *, create: bool) -> Vault:
        """The vault of a key file; with `create` a new file of mode 0600 is made when there is none.

        Raises KeyFileMissing and KeyFileUnreadable.
        """
        if create and not path.exists():
            write_once(path, base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
            master = base64.b64decode(path.read_bytes().strip(), validate=True)
        except FileNotFoundError as missing:
            raise KeyFileMissing from missing
        except (OSError, ValueError) as unreadable:
            raise KeyFileUnreadable from unreadable
        if len(master) != KEY_BYTES or mode & 0o077:
            raise KeyFileUnreadable
        return cls(master)

    def check(self, fingerprint: bytes | None) -> None:
        """Raise WrongKey unless this is the key file the ledger was begun with."""
        if fingerprint is not None and not hmac.compare_digest(fingerprint, self.fingerprint):
            raise WrongKey

    def new_key(self, stream: UUID, class_: str, part: str) -> ClassKey:
        """A fresh data key for a class of a stream."""
        key = os.urandom(KEY_BYTES)
        return ClassKey(
            stream=stream,
            class_=class_,
            part=part,
            cipher=AESGCM(key),
            wrapped=aes_key_wrap(self._wrapping_key, key),
            fingerprint=hashlib.sha256(b"data key" + key).digest(),
        )

    def unwrap(self, stream: UUID, class_: str, part: str, wrapped: bytes, fingerprint: bytes) -> ClassKey:
        """The data key that was stored wrapped; raises Tampered when it was altered."""
        try:
            key = aes_key_unwrap(self._wrapping_key, wrapped)
        except (InvalidUnwrap, ValueError) as altered:
            raise Tampered("A wrapped key is not what was written.") from altered
        if hashlib.sha256(b"data key" + key).digest() != fingerprint:
            raise Tampered("A wrapped key does not match its fingerprint.")
        return ClassKey(
            stream=stream, class_=class_, part=part, cipher=AESGCM(key), wrapped=wrapped, fingerprint=fingerprint
        )

    def tokens(self, *described: Identity) -> list[bytes]:
        """The blind search tokens of a person, however often described: HMAC-SHA256 over each kind and value."""
        clues = sorted({clue for identity in described for clue in identity.clues()})
        return [hmac.digest(self._token_key, clue.encode(), "sha256") for clue in clues]

    def digest(self, content: bytes) -> bytes:
        """A keyed digest, to recognise the same content again without being able to guess it."""
        return hmac.digest(self._digest_key, content, "sha256")

    def pseudonym(self, subject: str) -> str:
        """Sixteen hex digits that stand for a member of staff in the actor column."""
        return hmac.digest(self._digest_key, b"staff:" + subject.encode(), "sha256")[:8].hex()

    def lock_away(self, content: bytes, about: bytes) -> bytes:
        """Encrypt a rejected line for the quarantine."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._quarantine.encrypt(nonce, content, about)

    def look_into(self, blob: bytes, about: bytes) -> bytes:
        """Decrypt a rejected line; raises Tampered."""
        try:
            return self._quarantine.decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], about)
        except InvalidTag as altered:
            raise Tampered("A quarantined line is not what was written.") from altered


def binding(event_id: UUID, stream: UUID, version: int, type_: str) -> bytes:
    """The associated data that ties a ciphertext to its event."""
    return event_id.bytes + stream.bytes + version.to_bytes(4, "big") + type_.encode()


def fresh_prefixes() -> list[bytes]:
    """Random salts and nonces, each for one payload: by the dozen, for asking the system takes longer than to seal."""
    drawn = os.urandom(_AT_ONCE * _PREFIX)
    return [drawn[at : at + _PREFIX] for at in range(0, len(drawn), _PREFIX)]


def seal(key: ClassKey, payload: bytes, bound_to: bytes, *, prefix: bytes | None = None) -> bytes:
    """Encrypt a payload under a salt and nonce that were never used before; 280 bytes take four microseconds."""
    prefix = prefix or os.urandom(_PREFIX)
    return prefix + key.cipher.encrypt(prefix[SALT_BYTES:], payload, bound_to)


def unseal(key: ClassKey, blob: bytes, bound_to: bytes) -> bytes:
    """Decrypt a payload; raises Tampered when it was altered or moved."""
    try:
        return key.cipher.decrypt(blob[SALT_BYTES:_PREFIX], blob[_PREFIX:], bound_to)
    except (InvalidTag, ValueError) as altered:
        raise Tampered("A sealed record is not what was written, or not where it was written.") from altered


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """The details a person may be searched by, as they were stated."""

    family_name: str | None = None
    date_of_birth: str | None = None
    emails: Iterable[str] = ()
    telephones: Iterable[str] = ()
    universal_credit_id: str | None = None
    unique_learner_number: str | None = None
    postcode: str | None = None

    def clues(self) -> set[str]:
        """`kind:value` for each kind of search, with the value normalised; kinds with a missing part are absent."""
        born = (self.date_of_birth or "")[:10]
        found = [("email", _plain(email)) for email in self.emails]
        found += [("telephone", _digits(telephone)) for telephone in self.telephones]
        found.append(("universal-credit", _compact(self.universal_credit_id)))
        found.append(("learner-number", _compact(self.unique_learner_number)))
        if born and self.family_name:
            found.append(("name-and-birth", f"{_letters(self.family_name)}/{born}"))
        if born and self.postcode:
            found.append(("postcode-and-birth", f"{_compact(self.postcode)}/{born}"))
        return {f"{kind}:{value}" for kind, value in found if value}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _letters(text: str) -> str:
    """Names are compared without accents, case, blanks and marks: O'Neill, O’Neill and ONEILL are one."""
    if text.isascii() and text.isalpha():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in decomposed if letter.isalpha())


def _compact(text: str | None) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", text or "").casefold() if letter.isalnum())


def _digits(telephone: str) -> str:
    """Telephone numbers are compared in their national form: +44 7700 900123 is 07700 900123."""
    digits = "".join(letter for letter in telephone if letter.isdecimal() or letter == "+")
    if digits.startswith("+44"):
        digits = "0" + digits[3:].removeprefix("0")
    elif digits.startswith("0044"):
        digits = "0" + digits[4:].removeprefix("0")
    return digits.lstrip("+")


def _derived(master: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"ledger: " + purpose).derive(master)


def write_once(path: Path, secret: bytes) -> None:
    """Write a secret of mode 0600 unless there is one: written beside and linked, so that of two processes which begin
    at once one wins, and nobody ever reads half of it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beginning = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(beginning, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(beginning, path)
    except FileExistsError:
        pass
    finally:
        beginning.unlink()
