"""May a release become the champion, and what happens when it does?"""
