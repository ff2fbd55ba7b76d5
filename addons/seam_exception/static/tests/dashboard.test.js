import {advanceTime, afterEach, beforeEach, describe, expect, test} from "@odoo/hoot";

import {EVERY, LOOK_AFTER, Lookout, SPREAD} from "@seam_exception/dashboard/live";

describe.current.tags("headless");

let looks = 0;
let hidden = false;
let lookout = null;

beforeEach(() => {
    looks = 0;
    hidden = false;
    Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
    lookout = new Lookout(() => looks++);
});
afterEach(() => {
    lookout.stop();
    delete document.hidden;
});

test("many changes are one look, a little later", async () => {
    for (let i = 0; i < 100; i++) {
        lookout.told();
    }
    await advanceTime(LOOK_AFTER - 100);
    expect(looks).toBe(0);
    await advanceTime(SPREAD + 200);
    expect(looks).toBe(1);
});

test("a storm of changes is a look each five seconds at most", async () => {
    for (let i = 0; i < 50; i++) {
        lookout.told();
        await advanceTime(1000);
    }
    expect(looks).toBeGreaterThan(5);
    expect(looks).toBeLessThan(11);
});

test("without changes it looks each minute", async () => {
    await advanceTime(EVERY);
    lookout.minute();
    await advanceTime(1);
    expect(looks).toBe(1);
    await advanceTime(1000);
    lookout.minute();
    await advanceTime(1000);
    expect(looks).toBe(1, {message: "it has just looked"});
});

test("a page that nobody sees looks when somebody does", async () => {
    hidden = true;
    lookout.told();
    await advanceTime(LOOK_AFTER + SPREAD + 1);
    expect(looks).toBe(0);
    hidden = false;
    lookout.turned();
    await advanceTime(LOOK_AFTER);
    expect(looks).toBe(1);
});

test("a page that was looked at a moment ago does not look again", async () => {
    hidden = true;
    lookout.turned();
    hidden = false;
    lookout.turned();
    await advanceTime(LOOK_AFTER + SPREAD);
    expect(looks).toBe(0);
});
