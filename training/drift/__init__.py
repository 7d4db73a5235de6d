"""What moved since the champion was trained?"""
