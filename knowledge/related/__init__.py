"""Related articles 相关法条: what the law says near a question, shown for reading only.

Beside an article's own text, questions that were written for it (``statute.asked``), live entries
near the question that cite it, and how often lawyers matched it to a question speak for it.
``evidence`` puts this into numbers, ``ranking`` orders the articles, ``training`` fits the order.
"""
