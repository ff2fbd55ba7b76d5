{
    "name": "Seam: Warehouse",
    "summary": "Deliveries, receipts and stock of warehouses that others run",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Inventory/Inventory",
    "depends": ["seam", "stock_delivery"],
    "data": [
        "security/ir.model.access.csv",
        "security/seam_stock_security.xml",
        "data/seam_contract_data.xml",
        "views/seam_flow_views.xml",
        "views/seam_stock_level_views.xml",
        "views/seam_stock_comparison_views.xml",
        "views/stock_picking_views.xml",
        "views/stock_picking_type_views.xml",
    ],
}
