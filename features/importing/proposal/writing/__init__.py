"""How is what was understood written down as a lead definition and a mapping?"""
