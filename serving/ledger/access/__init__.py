"""Who may sign in and call?"""
