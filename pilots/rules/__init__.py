"""The programme's rules as data, and everything that is computed from them; plain Python, no Django.

``schema`` reads and checks a rule set, ``scoring`` turns facts about an application into points with reasons,
``instance`` writes what matching works on.
"""
