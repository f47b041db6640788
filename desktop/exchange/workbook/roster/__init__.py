"""A township's household roster: sheets, names and kinship, its rules, and the records that come of it."""
