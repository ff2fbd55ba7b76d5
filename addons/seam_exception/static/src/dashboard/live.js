import {onMounted, onWillUnmount} from "@odoo/owl";

import {browser} from "@web/core/browser/browser";
import {useService} from "@web/core/utils/hooks";

const CHANNEL = "seam_exception_dashboard";
const CHANGED = "seam_exception/changed";
/**
 * Milliseconds from being told to looking. The server tells at most once in three
 * seconds: what changes in that pause is told to nobody, and seen by this look.
 */
export const LOOK_AFTER = 5000;
/** Not all browsers look in the same moment. */
export const SPREAD = 1500;
/** Ages and clocks go on although nothing happens. */
export const EVERY = 60000;

/** Says when to look: after being told, and each minute, while somebody sees the page. */
export class Lookout {
    /**
     * @param {() => any} look loads the figures
     */
    constructor(look) {
        this.look = look;
        this.missed = false;
        this.timer = null;
        this.looked();
    }

    /** The figures are loaded now, for whatever reason. */
    looked() {
        this.last = Date.now();
    }

    /** Something changed. Much that changes is one look. */
    told() {
        this.plan(LOOK_AFTER + Math.random() * SPREAD);
    }

    /** The page came into sight, or went out of it. */
    turned() {
        const since = Date.now() - this.last;
        if (!document.hidden && (this.missed || since >= EVERY)) {
            this.plan(Math.max(0, LOOK_AFTER - since));
        }
    }

    /** A minute went by. */
    minute() {
        if (Date.now() - this.last >= EVERY / 2) {
            this.plan(0);
        }
    }

    plan(delay) {
        this.timer ??= browser.setTimeout(() => this.run(), delay);
    }

    run() {
        this.timer = null;
        this.missed = document.hidden;
        if (!this.missed) {
            this.looked();
            this.look();
        }
    }

    stop() {
        browser.clearTimeout(this.timer);
    }
}

/**
 * Looks again when the server tells of a change, and each minute.
 *
 * @param {() => any} look loads the figures
 * @returns {Lookout}
 */
export function useLive(look) {
    const bus = useService("bus_service");
    const lookout = new Lookout(look);
    const told = () => lookout.told();
    const turned = () => lookout.turned();
    let interval = null;

    onMounted(() => {
        bus.addChannel(CHANNEL);
        bus.subscribe(CHANGED, told);
        document.addEventListener("visibilitychange", turned);
        interval = browser.setInterval(() => lookout.minute(), EVERY);
    });
    onWillUnmount(() => {
        bus.unsubscribe(CHANGED, told);
        bus.deleteChannel(CHANNEL);
        document.removeEventListener("visibilitychange", turned);
        browser.clearInterval(interval);
        lookout.stop();
    });
    return lookout;
}
