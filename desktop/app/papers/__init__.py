"""Lists and registers on paper and as workbooks, the print centre, and the log of what left in the clear."""
