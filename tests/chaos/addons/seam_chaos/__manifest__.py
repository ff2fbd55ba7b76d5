{
    "name": "Seam: failure tests",
    "summary": "Handlers that count their effects and fail when a document says so",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Hidden",
    "depends": ["seam"],
    "data": ["security/ir.model.access.csv"],
}
