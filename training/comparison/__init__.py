"""How do model and rulebook compare on the same leads?"""
