"""What to agree on next: proposals with what to expect of them, and a choice among them as a text.

Reading order: `choice` (what somebody wants to change), `draft` (the text it makes, checked and
compared), `section` (what a page or a review shows).
"""
