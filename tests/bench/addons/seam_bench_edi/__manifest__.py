{
    "name": "Seam: benchmark of orders by OCA EDI",
    "summary": "Rival 2: an EDI exchange record and its job for every order",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Hidden",
    "depends": ["seam_bench_orders", "edi_queue_oca"],
}
