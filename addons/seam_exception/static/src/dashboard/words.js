import {deserializeDateTime, formatDuration} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {formatFloat} from "@web/core/utils/numbers";

/** Whole numbers; from ten million on, in short. */
export function number(value) {
    const humanReadable = Math.abs(value) >= 1e7;
    return formatFloat(value, {digits: [0, 0], humanReadable, decimals: 1});
}

/** An amount with the code of its currency; cents only of small amounts. */
export function money(value, currency) {
    const digits = Math.abs(value) < 100 ? [0, 2] : [0, 0];
    const humanReadable = Math.abs(value) >= 1e7;
    return `${formatFloat(value, {digits, humanReadable, decimals: 1})} ${currency}`.trim();
}

/** A length of time: "3 hours, 5 minutes". */
export function span(seconds) {
    return seconds < 60 ? _t("under a minute") : formatDuration(seconds, true);
}

/** The length of time from a moment of the server until now. */
export function since(moment) {
    return span(Math.max(0, -deserializeDateTime(moment).diffNow().as("seconds")));
}

/** The length of time from now to a moment of the server. */
export function until(moment) {
    return span(Math.max(0, deserializeDateTime(moment).diffNow().as("seconds")));
}
