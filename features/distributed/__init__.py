"""How are snapshots taken of more leads than one machine holds?"""
