"""The XLSForm engine; knows no Qt and no database."""
