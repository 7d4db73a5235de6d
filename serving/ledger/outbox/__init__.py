"""Which messages wait to be delivered, to whom?"""
