"""Excel in and out: header mapping, normalising, findings."""
