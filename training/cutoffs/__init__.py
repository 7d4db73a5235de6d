"""From which probability is a lead an MQL or an SQL candidate?"""
