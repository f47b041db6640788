"""The command line, one module for each part of the work; every command asks the same services as the window."""
