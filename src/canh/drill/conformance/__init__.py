"""A conformance test of any receiver of SIA DC-09, ours included: `canh conformance HOST:PORT`.

It shares no code with the receiver (`gateway/sia`): a test made of the receiver's own parts would call
right what both get wrong. Frames, checksum, encryption and the reading of answers are written here
anew, from the standard.
"""
