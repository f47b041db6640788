"""Composition root: services wired to a register, and the command line."""
