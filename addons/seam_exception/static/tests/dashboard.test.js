import {advanceTime, describe, expect, mockDate, test} from "@odoo/hoot";
import {Component, xml} from "@odoo/owl";
import {makeMockEnv, mockService, mountWithCleanup} from "@web/../tests/web_test_helpers";

import {EVERY, LOOK_AFTER, SPREAD, useLive} from "@seam_exception/dashboard/live";

describe.current.tags("headless");

/** A page that counts how often it looks, and a bus on which it is told of changes. */
async function live() {
    const page = {looks: 0, channels: []};
    mockService("bus_service", {
        addChannel: (name) => page.channels.push(name),
        deleteChannel: (name) => page.channels.splice(page.channels.indexOf(name), 1),
        subscribe: (_type, told) => (page.tell = told),
        unsubscribe: () => {},
    });
    class Page extends Component {
        static template = xml`<div/>`;
        static props = {};
        setup() {
            useLive(() => page.looks++);
        }
    }
    mockDate("2026-01-15 08:00:00");
    await makeMockEnv();
    await mountWithCleanup(Page);
    return page;
}

test("many changes are one look, a little later", async () => {
    const page = await live();
    expect(page.channels).toEqual(["seam_exception_dashboard"]);
    for (let i = 0; i < 100; i++) {
        page.tell();
    }
    await advanceTime(LOOK_AFTER - 100);
    expect(page.looks).toBe(0);
    await advanceTime(SPREAD + 200);
    expect(page.looks).toBe(1);
});

test("a storm of changes is a look each five seconds at most", async () => {
    const page = await live();
    for (let i = 0; i < 50; i++) {
        page.tell();
        await advanceTime(1000);
    }
    expect(page.looks).toBeGreaterThan(5);
    expect(page.looks).toBeLessThan(11);
});

test("without changes it looks each minute", async () => {
    const page = await live();
    await advanceTime(EVERY - 1000);
    expect(page.looks).toBe(0);
    await advanceTime(2000);
    expect(page.looks).toBe(1);
});

test("a page that nobody sees looks when somebody does", async () => {
    const page = await live();
    let hidden = true;
    Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
    page.tell();
    await advanceTime(LOOK_AFTER + SPREAD + EVERY * 3);
    expect(page.looks).toBe(0);
    hidden = false;
    document.dispatchEvent(new Event("visibilitychange"));
    await advanceTime(1000);
    expect(page.looks).toBe(1);
    delete document.hidden;
});
