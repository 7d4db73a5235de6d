"""What is said of an import: counts that add up, values refused and why, tables left empty?"""
