"""How much did each feature add to the margin?"""
