"""How does a person sign in?"""
