"""What events say, whichever door they come through: the data of SIA DC-03 and of Contact ID (DC-05).

Pure: text in, facts out. Doors share it, since no door imports another.
"""
