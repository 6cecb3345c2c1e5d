"""Where each item came from and everyone it went to."""
