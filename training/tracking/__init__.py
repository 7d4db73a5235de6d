"""What does MLflow get to see?"""
