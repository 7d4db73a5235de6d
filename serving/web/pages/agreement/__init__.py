"""How is the agreement read, changed and decided on in the browser?"""
