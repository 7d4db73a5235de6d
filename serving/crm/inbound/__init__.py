"""What do records of a CRM become in our tables?"""
