"""WHAT IS TRUE: plain values and the rules between them; no I/O, no clock, no task."""
