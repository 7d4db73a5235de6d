"""What is decided about a lead, and what follows from it?"""
