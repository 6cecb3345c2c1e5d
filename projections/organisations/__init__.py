"""The organisations view: its table, the SQL that applies events to it, and its read functions."""
