{
    "name": "Seam: WooCommerce",
    "summary": "Orders of a WooCommerce shop, and back to it status, tracking, refunds and stock",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Sales/Sales",
    "depends": ["seam_sale"],
    "data": [
        "data/seam_contract_data.xml",
        "views/seam_flow_views.xml",
        "views/seam_system_views.xml",
    ],
}
