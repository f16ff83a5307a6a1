"""What sampling the machine's use costs: processor time of the sampling thread, as a share of the time it samples.

`python bench/resources.py`
"""

import os
import time

from lrtui.resources import Meter

SAMPLES = 30


def main() -> None:
    """Measure, and print it."""
    meter = Meter(lambda: (os.getppid(),))
    meter.begin()
    spent = []
    for _ in range(SAMPLES):
        time.sleep(1.0)
        before = time.thread_time()
        meter.measure()
        spent.append(time.thread_time() - before)
    spent.sort()
    share = 100 * sum(spent) / SAMPLES
    print(f"a sample: median {1000 * spent[SAMPLES // 2]:.2f} ms, worst {1000 * spent[-1]:.2f} ms; {share:.3f} % of a core")


if __name__ == "__main__":
    main()
