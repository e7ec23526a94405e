import sys

from benchmarks.bench_matching import main

sys.exit(main())
