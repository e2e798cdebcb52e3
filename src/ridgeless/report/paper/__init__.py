"""The report of a paper reproduced."""
