"""How a finding is said, in English and in Chinese: verbs, numbers, sentences, headline and lede.

What is true was decided in transforms.findings; neither language translates the other.
"""
