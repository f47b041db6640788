"""The form engine: XLSForms compiled, filled, checked and serialised; knows no window and no database."""
