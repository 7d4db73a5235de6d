"""What does an exported file hold, as raw tables of text?"""
