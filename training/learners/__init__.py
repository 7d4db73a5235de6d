"""How are boosters and the additive logistic regression trained?"""
