"""XLSForm workbooks: read, checked with all mistakes at once, compiled by pyxform, cached by content."""
