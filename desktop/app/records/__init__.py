"""Single records: opened, edited, removed, undone, told in words, with their history and attachments."""
