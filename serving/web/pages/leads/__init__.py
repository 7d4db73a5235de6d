"""What do sales see of leads: today, the list, one lead, and files of them?"""
