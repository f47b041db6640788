"""The parts of 设置 that take the whole page: the county's rules and its code lists."""
