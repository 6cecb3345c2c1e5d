"""The codes of breach assessments: what may come of one, and how great the risk to people is."""

from __future__ import annotations

NO_BREACH, REPORTED = "no_breach", "breach_reported"
RISKY = ("likely", "high")
"""With such a risk to people the regulator must know (UK GDPR Art. 33(1))."""
