// Moments as people and file names write them in UTC, by arithmetic alone.
import { dayMs } from "#shared/duration.ts";

/** Days from 0000-03-01 to 1970-01-01. */
const epochDay = 719_468;
/** Of 400 years. */
const eraDays = 146_097;

type Civil = { readonly year: number; readonly month: number; readonly day: number };

/** `2026-11-29T06:00:00Z`; parts of a second are left out. For years 0 to 9999. */
export function utcText(epochMs: number): string {
  const days = Math.floor(epochMs / dayMs);
  const seconds = Math.floor((epochMs - days * dayMs) / 1000);
  const { year, month, day } = civilOf(days);
  const time = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two);
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${time.join(":")}Z`;
}

const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/;

/** Epoch milliseconds; undefined for what is no such text, or no such day. */
export function parseUtcText(text: string): number | undefined {
  const parts = pattern.exec(text)?.slice(1).map(Number);
  if (parts === undefined) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const epochMs = daysOf({ year, month, day }) * dayMs + ((hour * 60 + minute) * 60 + second) * 1000;
  return utcText(epochMs) === text ? epochMs : undefined;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** Years begin in March here, so that the odd day is the last of one. */
function daysOf({ year, month, day }: Civil): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return (
    era * eraDays + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - epochDay
  );
}

function civilOf(days: number): Civil {
  const shifted = days + epochDay;
  const era = Math.floor(shifted / eraDays);
  const dayOfEra = shifted - era * eraDays;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const place = Math.floor((5 * dayOfYear + 2) / 153);
  const month = place < 10 ? place + 3 : place - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, day: dayOfYear - Math.floor((153 * place + 2) / 5) + 1 };
}
