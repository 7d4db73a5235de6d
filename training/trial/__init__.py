"""Model against rulebook by lot: how long must it run, and what does it show so far?"""
