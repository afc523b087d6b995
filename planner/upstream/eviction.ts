// When a kubelet evicts pods: signals, thresholds and times, and what it keeps for the system.
import type { ValueDomain } from "./value-domains.ts";
import { exactly, lasting, mapOf, quantityOf, shown } from "./value-domains.ts";

const signal = exactly(
  "memory.available",
  "nodefs.available",
  "nodefs.inodesFree",
  "imagefs.available",
  "imagefs.inodesFree",
  "containerfs.available",
  "containerfs.inodesFree",
  "pid.available",
  "allocatableMemory.available",
);

function share(isLimit: boolean): ValueDomain {
  return (value) => {
    const text = String(value);
    const number = text.endsWith("%") && /^[0-9.]+%$/.test(text) ? Number(text.slice(0, -1)) : quantityOf(text);
    if (number === undefined || Number.isNaN(number))
      return { problem: `${shown(value)} is no amount`, hint: "such as 100Mi or 10%" };
    if (text.endsWith("%") && number > 100)
      return { problem: `${shown(value)} is more than all`, hint: "100% at most" };
    // a limit of 0% or 100% is none
    if (number < 0 || (number === 0 && (text.endsWith("%") ? !isLimit : isLimit)))
      return { problem: `${shown(value)} is too little`, hint: "more than nought" };
    return undefined;
  };
}

export const thresholds = mapOf(signal, share(true));
export const reclaims = mapOf(signal, share(false));
export const gracePeriods = mapOf(signal, lasting());

const resource = exactly("cpu", "memory", "ephemeral-storage", "pid");

/** What is kept for the system and for Kubernetes. */
export const reserved = mapOf(resource, (value) => {
  const number = quantityOf(String(value));
  return number === undefined || number < 0
    ? { problem: `${shown(value)} is no amount to keep`, hint: "such as 200m or 1Gi" }
    : undefined;
});
