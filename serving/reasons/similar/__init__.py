"""Which past leads were like this one, and what became of them?"""
