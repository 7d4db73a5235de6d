"""What do the pages say, in Japanese and English?"""
