"""Tables and the rules that belong to one record."""
