"""How a figure is made, in words a person may ask for: declared beside the code that computes it (帮助 › 口径)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Formula:
    """One figure: its name on the screen, how it is computed, and where that comes from (document and section)."""

    name: str
    how: str
    source: str
