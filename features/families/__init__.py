"""Which features are there, and how is each computed from a look back?"""
