"""Bars and letters in black and white, and the picture formats PNG and GIF, without a library."""

import struct
import zlib

# Code 39 (ISO/IEC 16388): bar, space, bar … of each sign; w is wide.
_BARS = {
    sign: pattern
    for sign, pattern in zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-*",
        (
            "nnnwwnwnn wnnwnnnnw nnwwnnnnw wnwwnnnnn nnnwwnnnw wnnwwnnnn nnwwwnnnn nnnwnnwnw"
            " wnnwnnwnn nnwwnnwnn wnnnnwnnw nnwnnwnnw wnwnnwnnn nnnnwwnnw wnnnwwnnn nnwnwwnnn"
            " nnnnnwwnw wnnnnwwnn nnwnnwwnn nnnnwwwnn wnnnnnnww nnwnnnnww wnwnnnnwn nnnnwnnww"
            " wnnnwnnwn nnwnwnnwn nnnnnnwww wnnnnnwwn nnwnnnwwn nnnnwnwwn wwnnnnnnw nwwnnnnnw"
            " wwwnnnnnn nwnnwnnnw wwnnwnnnn nwwnwnnnn nwnnnnwnw nwnnwnwnn"
        ).split(),
        strict=True,
    )
}
# Five columns of seven dots each, the lowest bit on top.
_LETTERS = dict(
    zip(
        " 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-./:",
        (
            "0000000000 3E5149453E 00427F4000 4261514946 2141454B31 1814127F10 2745454539"
            " 3C4A494930 0171090503 3649494936 064949291E 7E1111117E 7F49494936 3E41414122"
            " 7F4141221C 7F49494941 7F09090901 3E4149497A 7F0808087F 00417F4100 2040413F01"
            " 7F08142241 7F40404040 7F020C027F 7F0408107F 3E4141413E 7F09090906 3E4151215E"
            " 7F09192946 4649494931 01017F0101 3F4040403F 1F2040201F 3F4038403F 6314081463"
            " 0708700807 6151494543 0808080808 0060600000 2010080402 0036360000"
        ).split(),
        strict=True,
    )
)


def bars(text):
    """[(left, width)] of the black bars of `text` in Code 39, in widths of a narrow bar."""
    found, left = [], 0
    for sign in f"*{text.upper()}*":
        for place, kind in enumerate(_BARS.get(sign, _BARS["-"])):
            width = 3 if kind == "w" else 1
            if place % 2 == 0:
                found.append((left, width))
            left += width
        left += 1
    return found


class Picture:
    """A white sheet of `width` × `height` dots, to draw on."""

    def __init__(self, width, height):
        self.width, self.height = width, height
        self.rows = [bytearray(width) for _ in range(height)]

    def fill(self, left, top, width, height):
        """A black rectangle, cut off at the edges."""
        left, right = max(0, left), min(self.width, left + width)
        for row in self.rows[max(0, top) : top + height]:
            row[left:right] = b"\1" * max(0, right - left)

    def write(self, left, top, text, size=2):
        """Capital letters, each dot of them `size` wide; what is unknown is a gap."""
        for sign in text.upper():
            columns = bytes.fromhex(_LETTERS.get(sign, _LETTERS[" "]))
            for x, column in enumerate(columns):
                for y in range(7):
                    if column >> y & 1:
                        self.fill(left + x * size, top + y * size, size, size)
            left += 6 * size

    def bars(self, left, top, height, text, size=1):
        for start, width in bars(text):
            self.fill(left + start * size, top, width * size, height)

    def png(self):
        def chunk(kind, content):
            total = zlib.crc32(kind + content)
            return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", total)

        head = struct.pack(">IIBBBBB", self.width, self.height, 8, 0, 0, 0, 0)
        rows = b"".join(b"\0" + bytes(row).translate(_GREY) for row in self.rows)
        return (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", head)
            + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b"")
        )

    def gif(self):
        head = b"GIF89a" + struct.pack("<HHBBB", self.width, self.height, 0x80, 0, 0)
        place = b"," + struct.pack("<HHHHB", 0, 0, self.width, self.height, 0)
        packed = _lzw(b"".join(self.rows))
        blocks = b"".join(
            bytes([len(packed[at : at + 255])]) + packed[at : at + 255]
            for at in range(0, len(packed), 255)
        )
        return head + b"\xff\xff\xff\0\0\0" + place + b"\2" + blocks + b"\0;"


_GREY = bytes([255, 0] + [0] * 254)
_CLEAR, _END = 4, 5


def _lzw(dots):
    """GIF's compression of dots that are 0 or 1, begun with two bits a dot."""
    bits = _Bits()
    table, width = _fresh(), 3
    bits.add(_CLEAR, width)
    run = b""
    for value in dots:
        longer = run + bytes([value])
        if longer in table:
            run = longer
            continue
        bits.add(table[run], width)
        table[longer] = len(table) + 2
        if table[longer] == 1 << width:
            width += 1
        if width > 12:
            bits.add(_CLEAR, 12)
            table, width = _fresh(), 3
        run = bytes([value])
    bits.add(table[run], width)
    bits.add(_END, width)
    return bits.bytes()


def _fresh():
    return {bytes([value]): value for value in range(4)}


class _Bits:
    """Numbers of some bits each, one after the other, the lowest bit first."""

    def __init__(self):
        self.made, self.rest, self.count = bytearray(), 0, 0

    def add(self, number, width):
        self.rest |= number << self.count
        self.count += width
        while self.count >= 8:
            self.made.append(self.rest & 255)
            self.rest >>= 8
            self.count -= 8

    def bytes(self):
        return bytes(self.made) + (bytes([self.rest]) if self.count else b"")
