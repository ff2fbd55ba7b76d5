from . import bench_edi_process
