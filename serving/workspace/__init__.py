"""Where is the workspace, and how is it set up?"""
