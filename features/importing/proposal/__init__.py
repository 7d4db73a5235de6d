"""What do raw files hold, and which lead definition and mapping would read them?"""
