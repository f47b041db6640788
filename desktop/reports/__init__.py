"""Paged PDF: registers, cards, notices and lists."""
