"""The monthly review: records per section first, then words, then drawings and files."""
