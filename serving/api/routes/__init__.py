"""What does each address of the API take and answer?"""
