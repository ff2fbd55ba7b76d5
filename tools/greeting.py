"""What `make run` prints when everything is up. The line to try is kept here and nowhere else."""

TRY = "python3 tools/seam.py order"


def text(settings, url):
    """The few lines a newcomer needs, as one text."""
    return f"""
  Seam is running on Odoo 19.0

    Address   {url}
    Login     admin / admin
    Shop      http://127.0.0.1:{settings.shop_port}   sends orders, and mistakes of your choice
    Warehouse http://127.0.0.1:{settings.wms_port}   ships them, in parts, late or wrongly, as you choose
    Carrier   http://127.0.0.1:{settings.carrier_port}   sells labels of express orders, and tells where the parcels are
    CRM       http://127.0.0.1:{settings.crm_port}   has the same customers and deals, which its people change as well
    Try       {TRY}                  posts a WooCommerce order as the shop would
              {TRY} --unknown-sku    one of a product that Odoo does not know
    Log       {settings.logs / "seam.log"}

  Ctrl-C stops all of it.
"""
