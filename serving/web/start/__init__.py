"""How do raw files become a first release in the browser, before anybody can sign in?"""
