"""RFC 9162 section 2.1 Merkle trees over SHA-256, as pure functions of leaf hashes; it knows nothing of events."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf: SHA-256 of 0x00 and the entry (RFC 9162 section 2.1.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256 of 0x01 and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: adds leaves and computes the root in memory of the tree's height."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Append one leaf hash: a binary counter, where each carry joins two complete subtrees of equal size."""
        carry, size = leaf, self.size
        edge = self._edge
        while size & 1:
            carry = hashlib.sha256(b"\x01" + edge.pop() + carry).digest()
            size >>= 1
        edge.append(carry)
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree so far; of the empty tree, the hash of nothing."""
        if not self._edge:
            return EMPTY_ROOT
        root = self._edge[-1]
        for subtree in reversed(self._edge[:-1]):
            root = node_hash(subtree, root)
        return root


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root of a tree of these leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    return frontier.root()


class Tree:
    """A finished tree, for the path from each of its leaves to the root (RFC 9162 section 2.1.3)."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self._levels = [list(leaves)]
        while len(self._levels[-1]) > 1:
            below = self._levels[-1]
            above = [node_hash(*below[place : place + 2]) for place in range(0, len(below) - 1, 2)]
            self._levels.append([*above, *below[len(above) * 2 :]])  # a node without a sibling moves up as it is

    def root(self) -> bytes:
        """The root of the tree; of the empty tree, the hash of nothing."""
        return self._levels[-1][0] if self._levels[-1] else EMPTY_ROOT

    def path(self, place: int) -> list[bytes]:
        """The inclusion proof of the leaf at a place counted from 0: the sibling at each level that has one."""
        found = []
        for level in self._levels[:-1]:
            if place ^ 1 < len(level):
                found.append(level[place ^ 1])
            place >>= 1
        return found


def root_along(leaf: bytes, place: int, size: int, path: Iterable[bytes]) -> bytes | None:
    """The root to which an inclusion proof leads (RFC 9162 section 2.1.3.2); None when it fits no tree of that size."""
    last, node = size - 1, leaf
    if not 0 <= place < size:
        return None
    for sibling in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            node = node_hash(sibling, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        place, last = place >> 1, last >> 1
    return node if last == 0 else None
