"""The DSS import: reading, checking and grouping the earlier service's documents; only its translation knows events."""
