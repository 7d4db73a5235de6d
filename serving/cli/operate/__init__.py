"""Commands that keep the product running day by day."""
