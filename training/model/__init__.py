"""What is trained, and what is released?"""
