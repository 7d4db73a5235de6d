"""What would the CRM of the simulated company export?"""
