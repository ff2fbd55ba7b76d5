from . import bench_order
