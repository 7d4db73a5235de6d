"""Which probability does a margin stand for?"""
