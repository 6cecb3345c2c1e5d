"""What staff ask for and do, the same at every door; one noun per file."""
