"""How is each part of a definition said in Japanese and English?"""
