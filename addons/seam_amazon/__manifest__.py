{
    "name": "Seam: Amazon",
    "summary": "Amazon as a warehouse: fulfilment orders (MCF) and FBA stock of the Selling Partner API",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Inventory/Inventory",
    "depends": ["seam_stock"],
    "data": [
        "data/seam_contract_data.xml",
        "views/seam_system_views.xml",
    ],
}
