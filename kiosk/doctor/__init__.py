"""The doctor: one module for each thing of a machine and a lane that can be wrong.

Each gives findings: what was found, how bad it is, and what to type. None changes anything.
"""
