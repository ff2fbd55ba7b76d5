"""What the demo's CRM begins with: some of the shop's customers, with what sales people make of them, and deals.

The customers are those of the catalogue that addon seam_demo makes its own from. Some agree with Odoo at once,
and some are there for people to look at: a telephone number that differs, somebody who is there twice, somebody
who may be one that Odoo has.
"""

from simulators.catalogue import Catalogue
from simulators.office.people import STAFF

NORA, TOM = STAFF


def records(catalogue=None):
    """A list of what books.Books.new takes."""
    customers = {each["id"]: each for each in (catalogue or Catalogue()).customers}
    return [*_customers(customers), *_companies(), *_deals()]


def _customers(customers):
    amelia, jonas, priya, grace = (_person(customers[id_]) for id_ in (201, 202, 203, 212))
    return [
        # agrees, and brings what Odoo does not know
        {**amelia, "id": "P-1001", "title": "Club secretary", "owner": NORA},
        # another number than Odoo has: a person decides which one counts
        {**jonas, "id": "P-1002", "phone": "+1 206 555 0177"},
        # somebody is there twice
        {**priya, "id": "P-1003", "owner": TOM},
        {**priya, "id": "P-1004", "name": "P. Nair", "phone": None},
        # another address, the same name and postcode: may be the one that Odoo has
        {
            **grace,
            "id": "P-1005",
            "email": "grace.o@example.com",
            "zip": customers[212]["postcode"],
            "by": TOM["name"],
        },
    ]


def _person(customer):
    return {
        "kind": "contact",
        "by": NORA["name"],
        "name": f"{customer['first_name']} {customer['last_name']}",
        "email": customer["email"],
        "phone": customer["phone"],
        "country": customer["country"],
    }


def _companies():
    return [
        {
            "kind": "company",
            "id": "A-2001",
            "by": NORA["name"],
            "name": "Northshore Summer Camp",
            "email": "office@northshore.example.com",
            "phone": "+1 218 555 0120",
            "street": "1 Camp Road",
            "city": "Duluth",
            "zip": "55802",
            "state": "MN",
            "country": "US",
            "owner": NORA,
        },
        {
            "kind": "contact",
            "id": "P-2002",
            "by": NORA["name"],
            "name": "Ida Sund",
            "email": "ida.sund@northshore.example.com",
            "title": "Head of Purchasing",
            "company": {"id": "A-2001", "name": "Northshore Summer Camp"},
            "owner": NORA,
        },
        {
            "kind": "company",
            "id": "A-2003",
            "by": TOM["name"],
            "name": "Keller Mountain Guides",
            "email": "hello@keller-guides.example.com",
            "phone": "+1 303 555 0164",
            "street": "77 Ridge Street",
            "city": "Boulder",
            "zip": "80302",
            "state": "CO",
            "country": "US",
            "owner": TOM,
        },
    ]


def _deals():
    camp = {"id": "A-2001", "name": "Northshore Summer Camp"}
    ida = {"id": "P-2002", "name": "Ida Sund"}
    guides = {"id": "A-2003", "name": "Keller Mountain Guides"}
    return [
        {
            # won already: Odoo makes a quotation of it
            **_deal("D-3001", "Tents for the summer camp", 3499, NORA, company=camp, contact=ida),
            "stage": "won",
            "status": "won",
            "lines": [_line("TENT-4P", 10), _line("LAMP-CAMP", 10)],
        },
        {
            **_deal("D-3002", "Backpacks for the guides", 2190, TOM, company=guides),
            "stage": "proposal",
            "lines": [_line("PACK-60L", 10), _line("POLES", 10)],
        },
        {
            # once it is won, Odoo does not know one of its articles
            **_deal("D-3003", "Canoes for the summer camp", 5400, NORA, company=camp, contact=ida),
            "stage": "qualified",
            "lines": [
                {"id": "1", "sku": "CANOE-2", "name": "Canoe for two", "quantity": 6, "price": 900}
            ],
        },
        {
            **_deal("D-3004", "Guided day for the club", 255, NORA, contact=_amelia()),
            "stage": "new",
            "lines": [_line("SRV-GUIDE", 3)],
        },
    ]


def _amelia():
    return {"id": "P-1001", "name": "Amelia Hart"}


def _deal(id_, name, amount, owner, **customer):
    return {
        "kind": "deal",
        "id": id_,
        "by": owner["name"],
        "name": name,
        "amount": amount,
        "currency": "USD",
        "owner": owner,
        **customer,
    }


def _line(sku, quantity):
    return {"id": sku, "sku": sku, "quantity": quantity}
