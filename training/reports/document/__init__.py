"""How is a report written: one form of blocks, one writer for each medium?"""
