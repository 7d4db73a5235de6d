"""What do the leads of the simulated company do?"""
