"""How are the boosters trained?"""
