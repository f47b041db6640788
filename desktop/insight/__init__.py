"""Questions over many records: validation, alerts, sampling, comparison, statistics."""
