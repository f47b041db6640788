"""A demo register and messy workbooks, all invented: what a newcomer practises on."""
