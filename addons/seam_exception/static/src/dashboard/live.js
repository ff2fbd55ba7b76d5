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

/**
 * Looks again when the server tells of a change, and each minute, while somebody sees it.
 *
 * @param {() => Promise} look loads the figures
 * @returns {{looked: () => void}} call `looked` when the figures were loaded otherwise
 */
export function useLive(look) {
    const bus = useService("bus_service");
    let last = Date.now();
    let missed = false;
    let timer = null;
    let interval = null;

    const run = () => {
        timer = null;
        missed = document.hidden;
        if (!missed) {
            last = Date.now();
            look();
        }
    };
    const plan = (delay) => {
        timer ??= browser.setTimeout(run, delay);
    };
    const onChanged = () => plan(LOOK_AFTER + Math.random() * SPREAD);
    const onVisible = () => {
        const since = Date.now() - last;
        if (!document.hidden && (missed || since >= EVERY)) {
            plan(Math.max(0, LOOK_AFTER - since));
        }
    };
    const onMinute = () => {
        if (Date.now() - last >= EVERY / 2) {
            plan(0);
        }
    };

    onMounted(() => {
        bus.addChannel(CHANNEL);
        bus.subscribe(CHANGED, onChanged);
        document.addEventListener("visibilitychange", onVisible);
        interval = browser.setInterval(onMinute, EVERY);
    });
    onWillUnmount(() => {
        bus.unsubscribe(CHANGED, onChanged);
        bus.deleteChannel(CHANNEL);
        document.removeEventListener("visibilitychange", onVisible);
        browser.clearInterval(interval);
        browser.clearTimeout(timer);
    });
    return {
        looked() {
            last = Date.now();
        },
    };
}
