"""The steps of the distribution wizard, one module each (design 05)."""
