"""Forms and visits: filled at the door, finished into records, corrected, printed and taken out."""
