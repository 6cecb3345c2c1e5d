from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.dss.spool import Spool, SpoolFull, SpoolUnusable, pack, unpack
from ledger.errors import Tampered

ROOT = Path(__file__).parents[2]
OPEN_FILES = Path("/proc/self/fd")
needs_proc = pytest.mark.skipif(not OPEN_FILES.exists(), reason="a nameless file is found only through /proc")


def files_under(directory: Path) -> list[Path]:
    """The open files of this process in a directory, also those without a name."""
    found = []
    for handle in OPEN_FILES.iterdir():
        try:
            if handle.readlink().is_relative_to(directory):
                found.append(handle)
        except FileNotFoundError:  # the handle that listed the handles
            continue
    return found


@pytest.fixture(scope="module")
def spool_directory(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("spool")


keys = st.binary(max_size=3) | st.text(max_size=3)


@given(
    added=st.lists(st.tuples(keys, st.binary(max_size=400)), max_size=120), limit=st.sampled_from([0, 300, 2000, 9999])
)
def test_every_record_comes_out_once_with_its_key_and_in_order(spool_directory, added, limit):
    expected: dict[bytes, list[bytes]] = {}
    with Spool(directory=spool_directory, limit_bytes=limit) as spool:
        for number, (key, content) in enumerate(added):
            name = key if isinstance(key, bytes) else key.encode()
            record = pack(len(name), number, name + content)
            expected.setdefault(name, []).append(record)
            spool.add(key, record)
        partitions = list(spool)

    place: dict[bytes, int] = {}
    found: dict[bytes, list[bytes]] = {}
    for at, partition in enumerate(partitions):
        for record in partition:
            length, _, raw = unpack(record)
            assert place.setdefault(raw[:length], at) == at
            found.setdefault(raw[:length], []).append(record)
    assert found == expected


@given(sizes=st.lists(st.integers(0, 600), min_size=30, max_size=150), limit=st.integers(1000, 5000))
def test_a_partition_exceeds_the_limit_only_for_a_single_key(spool_directory, sizes, limit):
    with Spool(directory=spool_directory, limit_bytes=limit) as spool:
        for number, size in enumerate(sizes):
            spool.add(str(number % 20), pack(0, number % 20, bytes(size)))

        for partition in spool:
            several = len({unpack(record)[1] for record in partition}) > 1
            assert not several or sum(map(len, partition)) <= limit


def test_a_small_import_never_touches_the_disk(tmp_path):
    missing = tmp_path / "missing"
    with Spool(directory=missing, limit_bytes=10_000) as spool:
        spool.add("a", b"one")
        spool.add("b", b"two")

        assert list(spool) == [[b"one", b"two"]]


def test_nothing_added_is_nothing_to_iterate(tmp_path):
    with Spool(directory=tmp_path) as spool:
        assert list(spool) == []


def test_file_and_line_come_back_with_the_bytes():
    assert unpack(pack(3, 2**40, b"{}\x00\xff")) == (3, 2**40, b"{}\x00\xff")


@needs_proc
def test_no_spilled_byte_can_be_read(tmp_path):
    with Spool(directory=tmp_path, limit_bytes=20_000) as spool:
        for number in range(4000):
            spool.add(f"customer-canary-{number % 100}", f'{{"FamilyName": "Canary", "n": {number}}}'.encode())
        spilled = b"".join(handle.read_bytes() for handle in files_under(tmp_path))

        assert len(spilled) > 50_000
        assert b"anary" not in spilled
        assert b"FamilyName" not in spilled
        assert sum(len(partition) for partition in spool) == 4000


@needs_proc
def test_a_changed_byte_on_the_disk_is_noticed(tmp_path):
    with Spool(directory=tmp_path, limit_bytes=1000) as spool:
        for number in range(500):
            spool.add(str(number), bytes(100))
        path = files_under(tmp_path)[0]
        with path.open("r+b") as spilled:
            spilled.seek(20)
            was = spilled.read(1)[0]
            spilled.seek(20)
            spilled.write(bytes([was ^ 1]))

        with pytest.raises(Tampered):
            list(spool)


@needs_proc
def test_a_file_that_lost_its_end_is_noticed(tmp_path):
    with Spool(directory=tmp_path, limit_bytes=1000) as spool:
        for number in range(500):
            spool.add(str(number), bytes(100))
        os.truncate(files_under(tmp_path)[0], 0)

        with pytest.raises(Tampered):
            list(spool)


def fill(spool: Spool) -> None:
    for number in range(2000):
        spool.add(str(number % 50), bytes(100))


@needs_proc
def test_the_files_are_gone_after_use(tmp_path):
    with Spool(directory=tmp_path, limit_bytes=1000) as spool:
        fill(spool)
        assert files_under(tmp_path)

    assert files_under(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@needs_proc
def test_the_files_are_gone_after_an_error_half_way(tmp_path):
    def stop_half_way() -> None:
        with Spool(directory=tmp_path, limit_bytes=1000) as spool:
            fill(spool)
            next(iter(spool))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop_half_way()

    assert files_under(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def run(program: str, directory: Path) -> subprocess.CompletedProcess[str]:
    start = "import os, resource, signal, sys\nfrom pathlib import Path\nfrom api.dss.spool import Spool, SpoolFull\n"
    arguments = [sys.executable, "-c", start + program, str(directory)]
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_killed_import_leaves_no_file_behind(tmp_path):
    done = run(
        "spool = Spool(directory=Path(sys.argv[1]), limit_bytes=1000)\n"
        "for number in range(2000): spool.add(str(number), bytes(100))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n",
        tmp_path,
    )

    assert done.returncode == -9
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_one_clear_sentence(tmp_path):
    # A limit on the size of files is a full disk that needs no disk: the write fails half way in the same place.
    done = run(
        "resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))\n"
        "try:\n"
        "    with Spool(directory=Path(sys.argv[1]), limit_bytes=1000) as spool:\n"
        "        for number in range(5000): spool.add(str(number), bytes(100))\n"
        "except SpoolFull as full:\n"
        "    print(full)\n",
        tmp_path,
    )

    assert done.stderr == ""
    assert done.stdout.strip() == SpoolFull.__doc__


def test_a_directory_that_cannot_be_written_is_one_clear_sentence(tmp_path):
    with (
        pytest.raises(SpoolUnusable, match="temporary files"),
        Spool(directory=tmp_path / "missing", limit_bytes=1000) as spool,
    ):
        fill(spool)


def records(count: int) -> Iterator[tuple[str, bytes]]:
    for number in range(count):
        yield f"customer {number % 3001}", number.to_bytes(8, "big") * 128


def test_memory_stays_flat_while_forty_megabytes_pass(tmp_path):
    limit = 4 * 2**20
    tracemalloc.start()
    try:
        with Spool(directory=tmp_path, limit_bytes=limit) as spool:
            for key, record in records(40 * 1024):
                spool.add(key, record)
            count = 0
            for partition in spool:
                count += len(partition)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert count == 40 * 1024
    assert peak < 2.5 * limit
