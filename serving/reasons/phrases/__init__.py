"""How is a feature and its value said to people?"""
