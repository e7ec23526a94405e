"""How a contender tells its outcome: one line of JSON on standard output. Standard library only."""

import json
import os
import sys


def tell(outcome):
    """Write the outcome; where nobody listens any more, end without a word."""
    try:
        print(json.dumps(outcome), flush=True)
    except BrokenPipeError:
        # What is left in the buffer would complain once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
