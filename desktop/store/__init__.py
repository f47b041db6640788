"""The register file: open, encrypt, upgrade, back up; and the journal, the only write path."""
