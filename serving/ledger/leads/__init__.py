"""Where does each lead stand, and what is known of it?"""
