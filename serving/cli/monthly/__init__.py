"""``awase monthly``: which steps make a month, what was done of them, and how it is told."""
