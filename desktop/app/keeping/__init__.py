"""Keeping a register safe: backups and users, the self-check, the diagnosis."""
