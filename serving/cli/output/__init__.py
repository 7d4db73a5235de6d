"""How does the command line say what it found?"""
