"""A known answer, for the sandbox to be proved on: what a notebook needs, each once, and NumPy among it.

It prints the sum of the squares of the numbers that it is given.
"""

import os
import sys
import threading

sys.path += sys.argv[1:]

import numpy as np

numbers = np.array(sys.stdin.read().split(), int)
if os.fork() == 0:
    thread = threading.Thread(target=np.save, args=("squares.npy", numbers**2))
    thread.start()
    thread.join()
    os._exit(0)
os.wait()
print(np.load("squares.npy").sum())
