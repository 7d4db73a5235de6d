"""Which column of a raw table is what?"""
