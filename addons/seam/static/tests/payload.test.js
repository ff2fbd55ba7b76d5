import {describe, expect, test} from "@odoo/hoot";
import {click, queryAll, queryAllTexts, queryOne} from "@odoo/hoot-dom";
import {animationFrame} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {mountWithCleanup} from "@web/../tests/web_test_helpers";

import {PayloadView} from "@seam/payload/payload_view";
import {
    colourLine,
    findLines,
    placeToShow,
    placeViolations,
    readablePointer,
} from "@seam/payload/pointer_lines";

defineMailModels();

const ORDER = `{
  "id": "7",
  "a/b~c": 1,
  "lines": [
    {
      "sku": "CHAIR, \\"black\\" {1}",
      "quantity": 2
    },
    {
      "quantity": "two"
    }
  ],
  "total": [
    1,
    2
  ]
}`;

describe("where a pointer leads", () => {
    test("to members, items and names that need escaping", () => {
        const lines = findLines(ORDER, ["/id", "/a~1b~0c", "/lines/1/quantity", "/total/1"]);
        expect(Object.fromEntries(lines)).toEqual({
            "/id": 1,
            "/a~1b~0c": 2,
            "/lines/1/quantity": 9,
            "/total/1": 14,
        });
    });

    test("nowhere when the text has no such place", () => {
        expect(findLines(ORDER, ["/nothing", "/lines/2"]).size).toBe(0);
    });

    test("a text that is not JSON does no harm", () => {
        for (const text of ["", "{", "]]]}", '{"a": [1, 2', '"', "{{,:::", '{"id" 7, "x": "']) {
            expect(() => findLines(text, ["/a/1", "/x"])).not.toThrow();
        }
        expect(findLines('{"a": [\n1,\n2', ["/a/1"]).get("/a/1")).toBe(2);
    });

    test("a long text is searched in one pass", () => {
        const items = Array.from({length: 50000}, (_, i) => `  {\n    "n": ${i}\n  }`);
        const lines = findLines(`[\n${items.join(",\n")}\n]`, ["/49999/n"]);
        expect(lines.get("/49999/n")).toBe(149999);
    });
});

test("a violation of something missing is shown at what lacks it", () => {
    const [exact, near, whole] = placeViolations(ORDER, [
        {pointer: "/lines/1/quantity", message: "must be a number"},
        {pointer: "/lines/1/sku", message: "is missing"},
        {pointer: "", message: "lacks a field"},
    ]);
    expect([exact.line, exact.exact]).toEqual([9, true]);
    expect([near.line, near.exact]).toEqual([8, false]);
    expect([whole.line, whole.exact]).toEqual([0, true]);
});

test("places are told from 1, and not twice", () => {
    expect(readablePointer("/lines/0/a~1b")).toBe("lines › 1 › a/b");
    expect(placeToShow({pointer: "/id", message: "id must be a text."})).toBe("");
    expect(placeToShow({pointer: "/id", message: "Unknown."})).toBe("id");
});

test("colours never change the text", () => {
    for (const line of ORDER.split("\n")) {
        expect(
            colourLine(line)
                .map((part) => part.text)
                .join("")
        ).toBe(line);
    }
    expect(colourLine('"a": -1.5e3').map((part) => part.kind)).toEqual(["name", "", "", "number"]);
});

test("wrong lines are marked, their faults beside them, and a click leads there", async () => {
    await mountWithCleanup(PayloadView, {
        props: {
            text: ORDER,
            violations: [
                {pointer: "/lines/1/quantity", message: "must be a number"},
                {pointer: "/nowhere/at/all", message: "is elsewhere"},
            ],
        },
    });
    expect(".o_seam_line").toHaveCount(17);
    expect(".o_seam_line_wrong").toHaveCount(1);
    expect(queryAllTexts(".o_seam_line_note")).toEqual(["must be a number"]);
    expect(queryAll(".o_seam_violation")[1]).not.toBeEnabled();
    await click(".o_seam_violation:first-child");
    await animationFrame();
    expect(".o_seam_line_current").toHaveCount(1);
    expect(queryOne(".o_seam_lines")).toBeFocused();
});

test("of a long text only what is in sight is drawn", async () => {
    const text = Array.from({length: 30000}, (_, i) => `${i}`).join("\n");
    await mountWithCleanup(PayloadView, {props: {text}});
    expect(queryAll(".o_seam_line").length).toBeLessThan(400);
    expect(queryOne(".o_seam_lines_all").style.height).toBe("600000px");
});
