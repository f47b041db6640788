"""Identifiers, clock, money, dates, ID numbers, division codes, text and errors: what every layer may use."""
