"""What is particular to assets: who holds which right, the overview, cards and labels."""
