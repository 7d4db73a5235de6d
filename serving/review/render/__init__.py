"""How is a review written as page, Markdown, workbook and PDF?"""
