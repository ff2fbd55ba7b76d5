{
    "name": "Seam: benchmark",
    "summary": "What `make bench` measures Seam against; never installed anywhere else",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Hidden",
    "depends": ["seam"],
    "data": [
        "security/ir.model.access.csv",
        "data/queue_job_data.xml",
        "data/contract_data.xml",
    ],
}
