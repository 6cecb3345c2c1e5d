"""The subject-access report, a file per part."""
