"""How does a data set become a trained model with a calibrator?"""
