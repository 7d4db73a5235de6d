"""What happened to whom and when, as sorted indexes?"""
