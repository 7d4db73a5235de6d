"""How are files imported that do not fit in memory?"""
