"""How is one figure computed, with its interval?"""
