"""Commands of data scientists: train, evaluate, compare, promote."""
