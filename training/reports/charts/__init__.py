"""Which pictures go with a report?"""
