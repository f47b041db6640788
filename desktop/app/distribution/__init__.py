"""Income distribution: plans, recipients, amounts, payments, the bank's files and the papers."""
