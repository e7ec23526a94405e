import sys

from matching.audit.auditor import main

sys.exit(main(sys.argv[1:]))
