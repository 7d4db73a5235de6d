"""How is a lead drawn?"""
