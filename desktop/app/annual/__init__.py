"""The yearly assessment: who is assessed, and the volume of papers that proves its figures."""
