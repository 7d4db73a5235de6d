"""How is the additive logistic regression trained?"""
