"""Does a feature know what it cannot know?"""
