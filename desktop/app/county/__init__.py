"""What the county rules: settings, limits, and its own items in the code lists."""
