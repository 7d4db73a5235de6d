"""When does a text mean: days, times of day, months, and stretches of the calendar?"""
