"""What does the meeting look at, what did it decide, and what came of that?"""
