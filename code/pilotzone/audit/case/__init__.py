"""A table, its note and its panel in one folder: does the table say what the panel gives?"""
