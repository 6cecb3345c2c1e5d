"""Every command: how it is declared, how it is read, and what may prevent it."""
