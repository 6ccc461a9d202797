import sys

from benchmarks.realdata.main import main

sys.exit(main())
