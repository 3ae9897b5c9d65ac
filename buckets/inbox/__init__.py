"""From what a learning system gives to the folders that grading reads.

downloads: the files of a folder or a zip. names: whose a file is, by what the system
called it. roster: who is in the class. sorting: which of somebody's files counts, and
where it goes. giving_back: feedback pages, under the system's names.
"""
