"""Reasons that add up to the probability shown, in words, and what to do about them."""
