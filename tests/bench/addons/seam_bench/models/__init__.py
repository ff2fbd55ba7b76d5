from . import seam_bench
