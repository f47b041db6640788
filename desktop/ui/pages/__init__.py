"""Pages of the window, one module each."""
