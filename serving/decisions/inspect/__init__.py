"""What stands in a workspace, and why was a lead decided so?"""
