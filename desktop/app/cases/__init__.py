"""Cases with a procedure: decisions, registration, handover, disposal, inspection, notices, and their papers."""
