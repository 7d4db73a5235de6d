"""How is a result told in Markdown and charts?"""
