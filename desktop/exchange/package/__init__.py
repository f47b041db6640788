"""Signed, encrypted package files: format, export, verification, merge, conflicts, enrolment."""
