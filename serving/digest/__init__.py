"""What waits, told by mail and chat: who gets which digest, and how does it reach them?"""
