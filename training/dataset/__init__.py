"""Which snapshots is a model trained and tested on?"""
