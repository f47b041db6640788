"""The product: offline township survey, register of project assets, and merge by package files."""
