"""Does the output follow from the inputs, and do other programs say the same?"""
