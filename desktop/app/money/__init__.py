"""Contracts, receipts, the books, and the ledgers that tie out."""
