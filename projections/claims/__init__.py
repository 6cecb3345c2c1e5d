"""The claims view: its tables, the SQL that applies events to them, and its read functions."""
