"""Did the base rate move, and by how much?"""
