"""What does the monthly review count?"""
