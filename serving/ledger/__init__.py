"""What was decided, handed over, answered and agreed, kept for good."""
