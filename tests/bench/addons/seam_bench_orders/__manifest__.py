{
    "name": "Seam: benchmark of orders",
    "summary": "Rival 1: a plain controller and one queue_job an order",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Hidden",
    "depends": ["seam_bench", "seam_woocommerce"],
    "data": ["data/queue_job_data.xml"],
}
