"""Which organisations serve each person: whose rows a contractor reads."""
