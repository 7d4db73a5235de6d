"""Commands that bring data in and look at it."""
