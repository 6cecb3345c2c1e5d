"""The standard forms in which a person's data leaves: the portable copy and the consent records."""
