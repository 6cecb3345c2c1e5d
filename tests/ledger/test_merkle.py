"""The tree is the published one: RFC 9162 section 2.1.1, and the test vectors that every RFC 6962 log knows."""

from __future__ import annotations

import hashlib

import pytest

from ledger.log.merkle import EMPTY_ROOT, Frontier, Tree, leaf_hash, root_along, root_of

# Eight entries and the roots of the first n of them, as published with the first certificate-transparency log.
ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def defined_root(entries: list[bytes]) -> bytes:
    """MTH of RFC 9162 section 2.1.1, word for word."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return hashlib.sha256(b"\x01" + defined_root(entries[:split]) + defined_root(entries[split:])).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_the_published_vectors_come_out(size: int):
    assert root_of([leaf_hash(entry) for entry in ENTRIES[:size]]).hex() == ROOTS[size - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing():
    assert root_of([]) == EMPTY_ROOT == hashlib.sha256(b"").digest()


def test_every_tree_up_to_256_leaves_has_the_defined_root():
    entries = [f"entry {number}".encode() for number in range(256)]
    growing = Frontier()
    for size, entry in enumerate(entries, start=1):
        growing.add(leaf_hash(entry))
        assert growing.root() == defined_root(entries[:size]), size
        assert growing.size == size


def test_two_leaves_exchanged_give_another_root():
    leaves = [leaf_hash(str(number).encode()) for number in range(100)]
    exchanged = [*leaves[:40], leaves[41], leaves[40], *leaves[42:]]
    assert root_of(exchanged) != root_of(leaves)


def test_the_path_of_every_leaf_of_every_tree_up_to_70_leaves_leads_to_the_root():
    leaves = [leaf_hash(f"entry {number}".encode()) for number in range(70)]
    for size in range(1, len(leaves) + 1):
        tree = Tree(leaves[:size])
        assert tree.root() == root_of(leaves[:size])
        for place in range(size):
            assert root_along(leaves[place], place, size, tree.path(place)) == tree.root(), (size, place)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 33])
def test_a_path_of_another_leaf_place_or_size_leads_to_no_root(size: int):
    leaves = [leaf_hash(f"entry {number}".encode()) for number in range(size)]
    tree, stranger = Tree(leaves), leaf_hash(b"another")
    for place in range(size):
        path = tree.path(place)
        assert root_along(stranger, place, size, path) != tree.root()
        assert root_along(leaves[place], place, size, [*path, stranger]) != tree.root()
        assert not path or root_along(leaves[place], place, size, path[:-1]) != tree.root()
        for other in (-1, *range(size), size):
            assert other == place or root_along(leaves[place], other, size, path) != tree.root()


def test_the_tree_of_nothing_has_the_root_of_nothing():
    assert Tree([]).root() == EMPTY_ROOT
    assert root_along(EMPTY_ROOT, 0, 0, []) is None
