"""What can be seen of a lead strictly before a moment, for many leads at once and for one?"""
