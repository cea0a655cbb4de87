"""WHAT CHANGED, for whoever should know of it.

recorder  from the board's changes to the outages of each camera
journal   the ledger, written behind
uptime    which share of the last day each camera was live, in memory
alerts    which changes deserve a person's attention
hub       messages to everybody who listens, and a fresh picture for who is too slow
"""
