"""Reading what Japanese and English business data look like: titles, timing, money, companies.

Each module is a small declared table and a function over one text. A function never guesses: what
it does not recognise is unknown (None), which the features keep apart from every value. Callers
with many rows parse the distinct values only; a call takes some tens of microseconds.
"""
