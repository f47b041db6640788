"""Widgets made for this product, reused by pages and dialogs."""
