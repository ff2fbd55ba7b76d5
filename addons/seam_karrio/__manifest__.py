{
    "name": "Seam: UPS, FedEx and DHL by karrio",
    "summary": "Labels, rates and tracking of UPS, FedEx and DHL Parcel DE",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Inventory/Delivery",
    "depends": ["seam_delivery"],
    "data": [
        "data/seam_contract_data.xml",
        "views/seam_system_views.xml",
    ],
}
