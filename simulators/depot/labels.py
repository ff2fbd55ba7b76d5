"""Labels as the carrier prints them: PDF, ZPL, and pictures. Pure."""

from simulators.depot import drawing

WIDTH, HEIGHT = 288, 432  # 4 × 6 inches in points


def label(kind, parcel, shipment):
    """The label of one parcel in bytes; `kind`: "pdf", "zpl", "png" or "gif"."""
    make = {"pdf": _pdf, "zpl": _zpl, "png": _png, "gif": _gif}[kind]
    return make(parcel["tracking"], _lines(parcel, shipment))


def paper(title, lines):
    """A sheet that goes with a label, as PDF."""
    sheet = [title, *lines]
    return _book([_line(18 if not n else 11, 396 - 22 * n, line) for n, line in enumerate(sheet)])


def _lines(parcel, shipment):
    to = shipment["to"]
    place = " ".join(filter(None, (to.get("zip"), to["city"], to.get("state"), to["country"])))
    number = f"Parcel {parcel['number']} of {len(shipment['parcels'])}, {parcel['weight_kg']} kg"
    return [
        shipment["service_name"],
        f"From: {shipment['from']['name']}",
        "To:",
        *filter(None, (to["name"], to.get("company"), to["street"], to.get("street2"))),
        place,
        f"Ref. {shipment['reference']}",
        number,
    ]


# -- PDF 1.4 -----------------------------------------------------------------------------


def _pdf(tracking, lines):
    drawn = [_line(18 if not n else 11, 396 - 22 * n, line) for n, line in enumerate(lines)]
    unit = (WIDTH - 36) / max(left + width for left, width in drawing.bars(tracking))
    drawn += [
        f"{18 + left * unit:.2f} 60 {width * unit:.2f} 80 re f"
        for left, width in drawing.bars(tracking)
    ]
    return _book([*drawn, _line(14, 36, tracking)])


def _line(size, bottom, text):
    return f"BT /F1 {size} Tf 18 {bottom} Td ({_text(text)}) Tj ET"


def _book(drawn):
    """A book of one page, of what is drawn on it."""
    content = "\n".join(drawn).encode("latin-1")
    return _bound(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 5 0 R"
            b" /Resources << /Font << /F1 4 0 R >> >> >>" % (WIDTH, HEIGHT),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        ]
    )


def _bound(objects):
    """The objects with their numbers, and the table of where they are."""
    made, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return made + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table, len(objects) + 1, len(made))
    )


def _text(line):
    safe = line.encode("latin-1", "replace").decode("latin-1")[:48]
    return safe.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


# -- ZPL II, 203 dots an inch ---------------------------------------------------------------


def _zpl(tracking, lines):
    fields = [f"^FO40,{40 + 50 * n}^A0N,34,34^FD{_field(line)}^FS" for n, line in enumerate(lines)]
    bars = f"^FO40,760^BY2^BCN,240,Y,N,N^FD{tracking}^FS"
    return "\n".join(["^XA", "^CI28", "^PW812", "^LL1218", *fields, bars, "^XZ", ""]).encode()


def _field(line):
    return line.replace("^", " ").replace("~", " ")


# -- pictures -----------------------------------------------------------------------------


def _png(tracking, lines):
    return _picture(tracking, lines).png()


def _gif(tracking, lines):
    return _picture(tracking, lines).gif()


def _picture(tracking, lines):
    made = drawing.Picture(400, 600)
    for number, line in enumerate(lines):
        made.write(16, 16 + 28 * number, line[:32])
    made.bars(16, 420, 110, tracking)
    made.write(16, 548, tracking, 3)
    return made
