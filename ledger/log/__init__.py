"""The hashed log: canonical bytes, the envelope of an entry, its leaf hash and the Merkle tree."""
