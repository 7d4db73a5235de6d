"""What is written into a CRM, and how is it said there?"""
