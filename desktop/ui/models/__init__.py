"""Table models over arrays of ids with a page cache."""
