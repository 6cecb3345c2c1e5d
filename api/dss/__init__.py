"""The DSS import: reading, checking and grouping the old service's documents; only its translation knows events."""
