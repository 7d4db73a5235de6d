"""How good is a model later in time?"""
