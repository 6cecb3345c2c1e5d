"""RFC 9162 section 2.1 Merkle trees over SHA-256, as pure functions of leaf hashes; it knows nothing of events."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

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
