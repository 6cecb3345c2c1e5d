"""Judging a command: its context, the snapshot read for it, findings, answers to proposals and overdue duties."""
