"""How do both teams meet in the browser: screens, minutes, figures in detail, the leads behind?"""
