{
    "name": "Seam: WooCommerce",
    "summary": "Orders and refunds of a WooCommerce shop, by webhook and by pull",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Sales/Sales",
    "depends": ["seam_sale"],
    "data": [
        "data/seam_contract_data.xml",
        "views/seam_system_views.xml",
    ],
}
