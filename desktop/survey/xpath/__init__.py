"""XPath 1.0 with the OpenRosa and ODK functions: text → tree of expressions → closures over nodes."""
