"""How is a definition read from YAML, checked whole and written back?"""
