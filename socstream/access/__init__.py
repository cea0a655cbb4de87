"""WHO MAY DO WHAT: users, passwords, sessions, tokens, and the media URLs that they hand on.

accounts    the users and their administration; everything that others ask for
sessions    coming in by password, cookie or one-use code, and renewing
register    what is true now, in memory: from a token's text to its caller in one look-up
grants      signed texts for media URLs
passwords   argon2 in one thread; throttle: how often one may be wrong
rules       what user names, passwords and API tokens may be
first       the first administrator
"""
