"""What comes in and goes out: package files and workbooks."""
