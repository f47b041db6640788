"""A form being filled: the instance, its computed state, commands, drafts and the submission."""
