"""Which definition and release are in force, and what changes them?"""
