{
    "name": "Seam: benchmark of shipping",
    "summary": "The rival: a delivery method that buys the label in the packer's transaction",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Hidden",
    "depends": ["seam_bench", "seam_delivery"],
    "data": ["data/queue_job_data.xml"],
}
