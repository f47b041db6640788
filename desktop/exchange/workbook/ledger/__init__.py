"""A township's asset ledger: its columns and words, its rules and sums, and the records that come of it."""
